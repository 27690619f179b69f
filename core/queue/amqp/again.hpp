#pragma once

#include <amqp.h>
#include <amqp_framing.h>

#include <string_view>

namespace batch::amqp {

/// The properties of a message that died, for sending it once more: as they came, of whatever kind
/// they are, but for what the server wrote there about its death and what would send it elsewhere.
class Again {
public:
    /// `encoded`: they as they are in a frame; it must outlive this object.
    /// Throws Error{internal} if they are not.
    explicit Again(std::string_view encoded);
    ~Again();
    Again(const Again&) = delete;
    Again& operator=(const Again&) = delete;

    const amqp_basic_properties_t& properties() const noexcept { return *properties_; }

private:
    amqp_pool_t pool_{};  ///< holds what properties_ points to
    amqp_basic_properties_t* properties_ = nullptr;
};

}  // namespace batch::amqp
