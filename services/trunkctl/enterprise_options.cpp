#include "enterprise_options.hpp"

#include <functional>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "connector_commands.hpp"
#include "enterprise_admin.hpp"
#include "hook_commands.hpp"
#include "integration_commands.hpp"

namespace trunkline::trunkctl {
namespace {

using Values = std::shared_ptr<EnterpriseValues>;

/// `-` stands for the next line of standard input, so that a secret shows in no process list.
void read_from_input(std::optional<std::string>& value) {
    if (value == "-") {
        std::getline(std::cin, *value);
        value = std::string(base::trim(*value));
    }
}

void read_secrets(EnterpriseValues& values) {
    read_from_input(values.bot_token);
    read_from_input(values.webhook_secret);
    read_from_input(values.added_webhook_secret);
}

void add_value_options(CLI::App& command, const Values& values) {
    command.add_option("--name", values->name, "its short name, e.g. june");
    command.add_option(
        "--bot-token", values->bot_token, "its Telegram bot; - reads a line of standard input"
    );
    command.add_option("--region", values->region, "country of its numbers, e.g. BY");
    command.add_option("--timezone", values->timezone, "IANA zone, e.g. Europe/Minsk");
    command.add_option("--recordings", values->recordings, "answered, all or none");
    command.add_option(
        "--debug-log", values->debug_log, "on: a debug log of its own, logs/NUMBER.log; off"
    );
    command.add_option(
        "--allowed-networks",
        values->allowed_networks,
        "networks that its exchanges may send from, 10.0.0.0/8,192.0.2.7; \"\" for all"
    );
    command.add_option(
        "--rate-limit", values->rate_limit, "events/s of each exchange; 0: none; default"
    );
    command.add_option(
        "--webhook-secret",
        values->webhook_secret,
        "events must be signed by it (whsec_...); - reads standard input; \"\": no signatures"
    );
}

void add_add(CLI::App& enterprise, Work& work) {
    auto values = std::make_shared<EnterpriseValues>();
    auto number = std::make_shared<std::string>();
    auto* add = enterprise.add_subcommand("add", "add one");
    add->add_option("--number", *number, "its number, e.g. 0367")->required();
    add->add_option("--token", values->token, "the Token that its exchanges send")->required();
    add_value_options(*add, values);
    add->callback([=, &work] {
        work = [=](Context& c) {
            read_secrets(*values);
            return add_enterprise(c, *number, *values);
        };
    });
}

void add_set(CLI::App& enterprise, Work& work) {
    auto values = std::make_shared<EnterpriseValues>();
    auto any = std::make_shared<std::string>();
    auto* set = enterprise.add_subcommand("set", "change one; what is not named stays");
    set->add_option("enterprise", *any, "number, Token or name")->required();
    set->add_option("--token", values->token, "the Token that its exchanges send");
    add_value_options(*set, values);
    set->add_option(
        "--add-webhook-secret",
        values->added_webhook_secret,
        "a further secret, while exchanges change over; - reads standard input"
    );
    set->add_flag(
        "--new-hook-key",
        values->new_hook_key,
        "a new key in the addresses that CRMs and Telegram call"
    );
    set->callback([=, &work] {
        work = [=](Context& c) {
            read_secrets(*values);
            return set_enterprise(c, *any, *values);
        };
    });
}

void add_plain(CLI::App& enterprise, Work& work) {
    enterprise.add_subcommand("list", "list all")->callback([&work] { work = list_enterprises; });
    auto any = std::make_shared<std::string>();
    auto* show = enterprise.add_subcommand("show", "what is configured and what is missing");
    show->add_option("enterprise", *any, "number, Token or name")->required();
    show->callback([any, &work] { work = [any](Context& c) { return show_enterprise(c, *any); }; });
    auto* remove = enterprise.add_subcommand("remove", "remove one; its events and calls stay");
    remove->add_option("number", *any, "its number")->required();
    remove->callback([any, &work] {
        work = [any](Context& c) { return remove_enterprise(c, *any); };
    });
}

constexpr auto which = "retailcrm, ms, uon, bitrix24 or own";

void add_set_integration(CLI::App& enterprise, Work& work) {
    auto any = std::make_shared<std::string>();
    auto integration = std::make_shared<std::string>();
    auto assignments = std::make_shared<std::vector<std::string>>();
    auto* set =
        enterprise.add_subcommand("set-integration", "set a CRM's members: base_url=... api_key=-");
    set->add_option("enterprise", *any, "number, Token or name")->required();
    set->add_option("integration", *integration, which)->required();
    set->add_option(
        "assignments",
        *assignments,
        "member=value; - reads a line of standard input, nothing takes the member away"
    );
    set->callback([=, &work] {
        work = [=](Context& c) { return set_integration(c, *any, *integration, *assignments); };
    });
}

using OneIntegration =
    std::function<asio::awaitable<base::Result<>>(Context&, std::string, std::string)>;

/// A subcommand that names an enterprise and one of its CRMs.
void add_for_one(
    CLI::App& enterprise, Work& work, const char* name, const char* help, OneIntegration action
) {
    auto any = std::make_shared<std::string>();
    auto integration = std::make_shared<std::string>();
    auto* command = enterprise.add_subcommand(name, help);
    command->add_option("enterprise", *any, "number, Token or name")->required();
    command->add_option("integration", *integration, which)->required();
    command->callback([=, &work] {
        work = [=](Context& c) { return action(c, *any, *integration); };
    });
}

void add_register_telephony(CLI::App& enterprise, Work& work) {
    auto any = std::make_shared<std::string>();
    auto integration = std::make_shared<std::string>();
    auto wish = std::make_shared<TelephonyWish>();
    auto* command = enterprise.add_subcommand(
        "register-telephony", "let a CRM's users call by a click: registers our telephony there"
    );
    command->add_option("enterprise", *any, "number, Token or name")->required();
    command->add_option("integration", *integration, "retailcrm")->required();
    command->add_option(
        "--code", wish->codes, "USER_ID=EXTENSION, over those that names tell; repeatable"
    );
    command->add_option("--name", wish->name, "what people see in the CRM");
    command->add_option("--logo", wish->logo, "address of a picture");
    command->add_flag("--off", wish->is_off, "switch it off there");
    command->callback([=, &work] {
        work = [=](Context& c) { return register_telephony(c, *any, *integration, *wish); };
    });
}

void add_integrations(CLI::App& enterprise, Work& work) {
    add_set_integration(enterprise, work);
    add_for_one(
        enterprise,
        work,
        "enable-integration",
        "switch a CRM on",
        [](Context& c, std::string any, std::string integration) {
            return switch_integration(c, std::move(any), std::move(integration), true);
        }
    );
    add_for_one(
        enterprise,
        work,
        "disable-integration",
        "switch a CRM off; what is set for it stays",
        [](Context& c, std::string any, std::string integration) {
            return switch_integration(c, std::move(any), std::move(integration), false);
        }
    );
    add_for_one(
        enterprise, work, "remove-integration", "forget what is set for a CRM", remove_integration
    );
    add_for_one(enterprise, work, "set-primary", "whose names count first", set_primary);
    add_for_one(
        enterprise,
        work,
        "test-integration",
        "ask a CRM's connector whether the account works; exit code 1 if it does not",
        test_integration
    );
    add_register_telephony(enterprise, work);
    auto any = std::make_shared<std::string>();
    auto* show = enterprise.add_subcommand("integrations", "its CRMs, secrets as ***");
    show->add_option("enterprise", *any, "number, Token or name")->required();
    show->callback([any, &work] { work = [any](Context& c) { return show_integrations(c, *any); }; }
    );
    auto* hooks = enterprise.add_subcommand("hooks", "the addresses that its CRMs call; secret");
    hooks->add_option("enterprise", *any, "number, Token or name")->required();
    hooks->callback([any, &work] { work = [any](Context& c) { return show_hooks(c, *any); }; });
}

}  // namespace

void add_enterprise_commands(CLI::App& app, Work& work) {
    auto* enterprise = app.add_subcommand("enterprise", "client companies")->require_subcommand(1);
    add_add(*enterprise, work);
    add_set(*enterprise, work);
    add_plain(*enterprise, work);
    add_integrations(*enterprise, work);
}

}  // namespace trunkline::trunkctl
