#pragma once

#include <amqp.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace batch::amqp {

/// Lends the text to the library; it must outlive the call.
inline amqp_bytes_t lend(std::string_view text) {
    return {.len = text.size(), .bytes = const_cast<char*>(text.data())};
}

inline std::string text_of(amqp_bytes_t bytes) {
    return {static_cast<const char*>(bytes.bytes), bytes.len};
}

/// An entry of a table; the key and a text must outlive it.
inline amqp_table_entry_t entry(const char* key, std::string_view value) {
    amqp_table_entry_t made{.key = amqp_cstring_bytes(key), .value = {}};
    made.value.kind = AMQP_FIELD_KIND_UTF8;
    made.value.value.bytes = lend(value);
    return made;
}

inline amqp_table_entry_t entry(const char* key, int value) {
    amqp_table_entry_t made{.key = amqp_cstring_bytes(key), .value = {}};
    made.value.kind = AMQP_FIELD_KIND_I32;
    made.value.value.i32 = value;
    return made;
}

inline amqp_table_entry_t entry(const char* key, std::int64_t value) {
    amqp_table_entry_t made{.key = amqp_cstring_bytes(key), .value = {}};
    made.value.kind = AMQP_FIELD_KIND_I64;
    made.value.value.i64 = value;
    return made;
}

inline amqp_table_entry_t entry(const char* key, bool value) {
    amqp_table_entry_t made{.key = amqp_cstring_bytes(key), .value = {}};
    made.value.kind = AMQP_FIELD_KIND_BOOLEAN;
    made.value.value.boolean = value ? 1 : 0;
    return made;
}

inline amqp_table_entry_t entry(const char* key, amqp_table_t value) {
    amqp_table_entry_t made{.key = amqp_cstring_bytes(key), .value = {}};
    made.value.kind = AMQP_FIELD_KIND_TABLE;
    made.value.value.table = value;
    return made;
}

}  // namespace batch::amqp
