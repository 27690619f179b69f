#include "core/base/error.hpp"

#include <catch2/catch.hpp>

#include <cerrno>

using namespace batch;

TEST_CASE("an error keeps what it carries when context is added", "[base][error]") {
    const Error detail(ErrorKind::bad_input, "detail");
    const Error error = Error(ErrorKind::config, "no such key", "mend it")
                            .with_code("exit_22")
                            .at({.file = "a.toml", .line = 3, .column = 4})
                            .with_details({detail})
                            .within("a.toml");
    CHECK(error.what() == std::string("a.toml: no such key"));
    CHECK(error.kind() == ErrorKind::config);
    CHECK(error.hint() == "mend it");
    CHECK(error.code() == "exit_22");
    CHECK(error.place() == Place{.file = "a.toml", .line = 3, .column = 4});
    REQUIRE(error.details().size() == 1);
    CHECK(error.details()[0].what() == std::string("detail"));
}

TEST_CASE("the code of an error is its kind's word unless it has its own", "[base][error]") {
    CHECK(Error(ErrorKind::not_found, "x").code() == "not_found");
    CHECK(Error(ErrorKind::internal, "x").code() == "internal");
}

TEST_CASE("the error of a system call says what it means", "[base][error]") {
    const Error missing = system_error("read a.csv", ENOENT);
    CHECK(missing.kind() == ErrorKind::not_found);
    CHECK(missing.what() == std::string("cannot read a.csv: no such file or directory"));
    CHECK(system_error("x", EACCES).kind() == ErrorKind::permission);
    CHECK(system_error("x", EIO).kind() == ErrorKind::operation);
}
