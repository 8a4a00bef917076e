#include <iostream>
#include <memory>
#include <string>

#include "base/text.hpp"
#include "pbx_commands.hpp"

namespace trunkline::trunkctl {
namespace {

/// `-` stands for the next line of standard input, so that a secret shows in no process list.
void read_from_input(std::string& value) {
    if (value == "-") {
        std::getline(std::cin, value);
        value = std::string(base::trim(value));
    }
}

void read_from_input(std::optional<std::string>& value) {
    if (value) {
        read_from_input(*value);
    }
}

using Values = std::shared_ptr<PbxValues>;

void add_value_options(CLI::App& command, const Values& values) {
    command.add_option("--name", values->name, "for people");
    command.add_option(
        "--secret", values->secret, "of the manager user; - reads a line of standard input"
    );
    command.add_flag("--ssl,!--no-ssl", values->use_ssl, "by TLS");
    command.add_option("--connect-timeout", values->connect_timeout, "seconds");
    command.add_option("--reconnect-delay", values->reconnect_delay, "seconds");
    command.add_flag("--debug,!--no-debug", values->debug_mode, "log all that is said");
    command.add_option("--dial-context", values->dial_context, "where extensions are dialled");
    command.add_option("--device", values->device, "an extension's phone: PJSIP/{extension}");
    command.add_option(
        "--dial-number", values->dial_number, "outside numbers: {digits}, 9{digits}"
    );
    command.add_option("--hold-context", values->hold_context, "where held calls wait");
    command.add_option("--record-folder", values->record_folder, "for recordings, on the exchange");
}

void add_row_commands(CLI::App& pbx, Work& work) {
    const auto values = std::make_shared<PbxValues>();
    auto* add = pbx.add_subcommand("add", "add an exchange, print what to install on it");
    add->add_option("--enterprise", values->enterprise, "number, Token or name")->required();
    add->add_option("--kind", values->kind, "asterisk, freeswitch or zadarma");
    add->add_option("--host", values->host, "name or address")->required();
    add->add_option("--port", values->port, "of its manager interface; 5038");
    add->add_option("--username", values->username, "of its manager interface")->required();
    add->add_option("--permit", values->permit, "our address as the exchange sees it");
    add_value_options(*add, values);
    add->callback([values, &work] {
        read_from_input(values->secret);
        work = [values](Context& c) { return add_pbx(c, *values); };
    });

    const auto id = std::make_shared<std::string>();
    auto* set = pbx.add_subcommand("set", "change an exchange");
    set->add_option("id", *id)->required();
    set->add_option("--host", values->host, "name or address");
    set->add_option("--port", values->port, "of its manager interface");
    set->add_option("--username", values->username, "of its manager interface");
    set->add_flag("--enable,!--disable", values->enabled, "follow it");
    add_value_options(*set, values);
    set->callback([id, values, &work] {
        read_from_input(values->secret);
        work = [id, values](Context& c) { return set_pbx(c, *id, *values); };
    });

    const auto enterprise = std::make_shared<std::string>();
    auto* list = pbx.add_subcommand("list", "list exchanges");
    list->add_option("--enterprise", *enterprise, "number, Token or name");
    list->callback([enterprise, &work] {
        work = [enterprise](Context& c) { return list_pbx(c, *enterprise); };
    });
    auto* check = pbx.add_subcommand("check", "what is wrong with an exchange, and its mend");
    check->add_option("id", *id, "one; else all");
    check->add_option("--enterprise", *enterprise, "number, Token or name");
    check->callback([id, enterprise, &work] {
        work = [id, enterprise](Context& c) { return check_pbx(c, *id, *enterprise); };
    });
    auto* remove = pbx.add_subcommand("remove", "remove an exchange; calls stay");
    remove->add_option("id", *id)->required();
    remove->callback([id, &work] { work = [id](Context& c) { return remove_pbx(c, *id); }; });
    auto* conf = pbx.add_subcommand("manager-conf", "print its manager.conf");
    conf->add_option("id", *id)->required();
    conf->add_option("--permit", values->permit, "our address as the exchange sees it");
    conf->callback([id, values, &work] {
        work = [id, values](Context& c) { return print_manager_conf(c, *id, values->permit); };
    });
    auto* dialplan = pbx.add_subcommand("dialplan", "print the context in which held calls wait");
    dialplan->add_option("id", *id)->required();
    dialplan->callback([id, &work] {
        work = [id](Context& c) { return print_hold_dialplan(c, *id); };
    });
}

void add_key_commands(CLI::App& pbx, Work& work) {
    auto* key =
        pbx.add_subcommand("key", "who may drive an enterprise's exchanges")->require_subcommand(1);
    const auto values = std::make_shared<KeyValues>();
    auto* add = key->add_subcommand("add", "make a key; it is shown once");
    add->add_option("--enterprise", values->enterprise, "number, Token or name")->required();
    add->add_option("--name", values->name, "whose it is, for the audit")->required();
    add->add_option("--role", values->role, "viewer, agent, supervisor or admin")
        ->required()
        ->check(CLI::IsMember({"viewer", "agent", "supervisor", "admin"}));
    add->callback([values, &work] {
        work = [values](Context& c) { return add_control_key(c, *values); };
    });
    auto* list = key->add_subcommand("list", "list keys");
    list->add_option("--enterprise", values->enterprise, "number, Token or name")->required();
    list->callback([values, &work] {
        work = [values](Context& c) { return list_control_keys(c, values->enterprise); };
    });
    const auto id = std::make_shared<std::string>();
    auto* revoke = key->add_subcommand("revoke", "let a key open nothing any more");
    revoke->add_option("id", *id)->required();
    revoke->callback([id, &work] { work = [id](Context& c) { return revoke_control_key(c, *id); }; }
    );
}

void add_guard_commands(CLI::App& pbx, Work& work) {
    auto* guard =
        pbx.add_subcommand("guard", "what an enterprise may call outside")->require_subcommand(1);
    const auto values = std::make_shared<GuardValues>();
    auto* show = guard->add_subcommand("show", "show it");
    show->add_option("enterprise", values->enterprise, "number, Token or name")->required();
    show->callback([values, &work] {
        work = [values](Context& c) { return show_call_guard(c, values->enterprise); };
    });
    const auto countries = std::make_shared<std::optional<std::string>>();
    auto* set = guard->add_subcommand("set", "change it");
    set->add_option("enterprise", values->enterprise, "number, Token or name")->required();
    set->add_option("--countries", *countries, "BY,RU,...; \"\": its own region alone");
    set->add_option("--calls-per-hour", values->calls_per_hour, "outside calls");
    set->add_option("--night-from", values->night_from, "22:00");
    set->add_option("--night-to", values->night_to, "07:00; the same as --night-from: no night");
    set->add_option("--night-calls", values->night_calls, "none, domestic or all")
        ->check(CLI::IsMember({"none", "domestic", "all"}));
    set->add_flag(
        "--service-codes,!--no-service-codes",
        values->service_codes,
        "short numbers and codes with * and #"
    );
    set->callback([values, countries, &work] {
        if (*countries) {
            values->countries = base::split(**countries, ',');
        }
        work = [values](Context& c) { return set_call_guard(c, *values); };
    });
}

void add_target_options(CLI::App& command, const std::shared_ptr<PbxTarget>& target) {
    command.add_option("--pbx", target->id, "one exchange by its id; else all");
    command.add_option("--enterprise", target->enterprise, "number, Token or name");
    command.add_option("--host", target->host, "an exchange that is not added yet");
    command.add_option("--port", target->port, "its port")->capture_default_str();
    command.add_option("--username", target->username, "its manager user");
    command.add_option("--secret", target->secret, "its secret; - reads a line of standard input");
    command.add_flag("--ssl", target->use_ssl, "by TLS");
}

}  // namespace

void add_pbx_commands(CLI::App& app, Work& work) {
    auto* pbx = app.add_subcommand("pbx", "exchanges")->require_subcommand(1);
    add_row_commands(*pbx, work);
    add_key_commands(*pbx, work);
    add_guard_commands(*pbx, work);

    const auto target = std::make_shared<PbxTarget>();
    const auto full = std::make_shared<bool>(false);
    const auto queues = std::make_shared<bool>(false);
    auto* test = app.add_subcommand("test-asterisk-connection", "connect to Asterisk's manager");
    add_target_options(*test, target);
    test->add_flag("--full", *full, "system, channels, phones");
    test->add_flag("--queues", *queues, "queues and their agents");
    test->callback([target, full, queues, &work] {
        read_from_input(target->secret);
        work = [target, full, queues](Context& c) {
            return test_asterisk_connection(c, *target, *full, *queues);
        };
    });

    const auto options = std::make_shared<QueueStatsOptions>();
    auto* stats = app.add_subcommand("asterisk-queue-stats", "what goes on in Asterisk's queues");
    add_target_options(*stats, target);
    stats->add_option("--queue", options->queue, "one queue; else all");
    stats->add_flag("--watch", options->watch, "again and again");
    stats->add_flag("--summary", options->summary, "a line for each queue");
    stats->add_option("--interval", options->interval, "seconds between two looks of --watch")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    stats->add_option("--times", options->times, "how many looks of --watch; 0: until stopped")
        ->check(CLI::Range(0, 1'000'000));
    stats->callback([target, options, &work] {
        read_from_input(target->secret);
        work = [target, options](Context& c) { return asterisk_queue_stats(c, *target, *options); };
    });
}

}  // namespace trunkline::trunkctl
