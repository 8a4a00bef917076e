#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/error.hpp"
#include "httpd/message.hpp"
#include "net/asio.hpp"

namespace trunkline::pbx_control {

/// What can be asked for. Each route belongs to one.
enum class Right : std::uint8_t {
    look,           ///< Channels, queues, health.
    originate,      ///< Place a call.
    call,           ///< Hang up, transfer, park, hold, DTMF.
    record,         ///< Start and stop recordings.
    pause,          ///< Take an agent out of a queue for a while, and back.
    bridge,         ///< Connect two channels.
    spy,            ///< Listen in.
    manage_queues,  ///< Members and penalties.
    reload,         ///< Let the exchange read its queues' files again.
    audit,          ///< Read what was done.
};

enum class Role : std::uint8_t {
    viewer,
    agent,
    supervisor,
    admin,        ///< The enterprise's own: all of the above.
    service,      ///< The suite's services: INTERNAL_TOKEN or loopback.
    installation  ///< The operator's: ADMIN_TOKEN.
};

std::string_view to_string(Right right);
std::string_view to_string(Role role);
base::Result<Role> key_role(std::string_view text);

/// The allow-list.
bool may(Role role, Right right);

struct Caller {
    Role role = Role::viewer;
    std::string enterprise;  ///< The only one that it may reach; empty: any.
    std::string name;        ///< For the audit: `operator`, `service`, `key:front desk`.
};

/// Keys of enterprises, by the SHA-256 of the key, in hexadecimal.
class KeyStore {
public:
    virtual ~KeyStore() = default;
    /// not_found for an unknown or revoked one.
    virtual asio::awaitable<base::Result<Caller>> find(
        std::string digest, net::Deadline deadline
    ) = 0;
};

struct AccessSettings {
    std::string admin_token;
    std::string internal_token;
};

/// Who is asking, by `Authorization: Bearer`: ADMIN_TOKEN is the operator, INTERNAL_TOKEN a
/// service, else a key of an enterprise. Without a token loopback is a service, or the operator
/// while ADMIN_TOKEN is unset. A service may bind itself to an enterprise by `X-Enterprise`, and
/// may say for whom it asks by `X-Requested-By`. unauthorized: no token; forbidden: a wrong one.
asio::awaitable<base::Result<Caller>> identify(
    const httpd::Request& request, const AccessSettings& settings, KeyStore& keys
);

/// What is stored of a key.
std::string key_digest(std::string_view key);

}  // namespace trunkline::pbx_control
