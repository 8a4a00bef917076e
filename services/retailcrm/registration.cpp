#include "registration.hpp"

#include <charconv>
#include <utility>

#include "api.hpp"
#include "base/log.hpp"
#include "client_id.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "staff.hpp"

namespace trunkline::retailcrm {

base::Result<Wish> wish_from_json(json::View view) {
    json::Reader reader(view);
    Wish wish;
    wish.name = reader.optional_string("name").value_or(wish.name);
    wish.logo = reader.optional_string("logo").value_or("");
    wish.active = reader.optional_bool("active").value_or(true);
    if (const auto codes = reader.view("codes"); codes && !codes->is_null()) {
        if (!codes->is_object()) {
            reader.fail("codes", "must be an object of user ids and extensions");
        }
        for (const auto& [key, code] : codes->members()) {
            std::int64_t user = 0;
            const auto read = std::from_chars(key.data(), key.data() + key.size(), user);
            if (read.ec != std::errc{} || read.ptr != key.data() + key.size() || user <= 0) {
                reader.fail("codes", "\"" + std::string(key) + "\" is no user id");
            }
            wish.codes[user] = code.scalar_text().value_or("");
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return wish;
}

std::string to_json(const Registration& registration) {
    json::Writer writer;
    writer.begin_object()
        .member("module", registration.module.code)
        .member("active", registration.module.active)
        .key("codes")
        .begin_array();
    for (const auto& [user, code] : registration.module.codes) {
        writer.begin_object().member("user_id", user).member("extension", code).end_object();
    }
    writer.end_array()
        .member("phones", registration.module.phones)
        .key("users_without_extension")
        .begin_array();
    for (const auto& user : registration.seats.users_without) {
        writer.begin_object().member("id", user.id).member("name", user.name).end_object();
    }
    writer.end_array()
        .member("managers_without_user", registration.seats.managers_without)
        .member("unknown_users", registration.unknown.users)
        .member("unknown_sites", registration.unknown.sites);
    return writer.end_object().take();
}

asio::awaitable<base::Result<Registration>> register_module(
    connector::Parts parts,
    connector::EnterprisePointer enterprise,
    Wish wish,
    net::Deadline deadline
) {
    if (parts.settings.common.public_url.empty()) {
        co_return base::fail(
            base::Errc::invalid_input, "PUBLIC_URL is not set: RetailCRM could not call us"
        );
    }
    const auto account = account_of(*enterprise, parts.secrets);
    if (!account) {
        co_return std::unexpected(account.error());
    }
    Registration registration;
    auto& module = registration.module;
    module.code = module_code(enterprise->number);
    const auto users = co_await active_users(parts.crm, *account, deadline);
    if (!users) {
        co_return std::unexpected(users.error());
    }
    const auto known = co_await codes_of_module(parts.crm, *account, module.code, deadline);
    if (!known) {
        co_return std::unexpected(known.error());
    }
    const auto client_id = co_await ensure_client_id(parts, enterprise, deadline);
    if (!client_id) {
        co_return std::unexpected(client_id.error());
    }
    base::add_log_secret(enterprise->hook_key);
    module.name = wish.name;
    module.logo =
        wish.logo.empty() ? hooks_url(parts.settings.common.public_url, "logo.svg") : wish.logo;
    module.active = wish.active;
    module.client_id = *client_id;
    module.base_url = hooks_url(parts.settings.common.public_url, enterprise->hook_key);
    module.site = account->site;
    module.phones = phones_of(*enterprise);
    registration.seats = seats_of(*users, enterprise->managers, *known, wish.codes);
    module.codes = registration.seats.codes;
    auto order = post(
        *account,
        "/integration-modules/" + module.code + "/edit",
        "integrationModule",
        module.to_json()
    );
    order.shown = "POST /api/v5/integration-modules/" + module.code + "/edit";
    order.priority = connector::Priority::lookup;
    order.repeatable = true;
    const auto answer = co_await ask(parts.crm, std::move(order), deadline);
    if (!answer) {
        co_return std::unexpected(answer.error());
    }
    registration.unknown = unknown_in(answer->root());
    base::Logger("retailcrm")
        .info(
            "{}: the module {} is registered, {} extensions",
            enterprise->number,
            module.code,
            module.codes.size()
        );
    co_return registration;
}

}  // namespace trunkline::retailcrm
