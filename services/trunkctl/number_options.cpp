#include "number_options.hpp"

#include <CLI/CLI.hpp>
#include <memory>

#include "commands.hpp"

namespace trunkline::trunkctl {
namespace {

void add_rule_add(CLI::App& rules, Work& work) {
    auto rule = std::make_shared<NewNumberRule>();
    auto* add = rules.add_subcommand("add", "add one");
    add->add_option("--enterprise", rule->enterprise, "number, Token or name")->required();
    add->add_option("--line", rule->line, "only numbers that came over this line (Trunk)");
    add->add_option(
           "--pattern",
           rule->pattern,
           "an expression (RE2) for the whole number, or PREFIX{N}: PREFIX and its last N digits"
    )
        ->required();
    add->add_option(
        "--replacement", rule->replacement, "with \\1 for the first group, or PREFIX{N}"
    );
    add->add_option("--priority", rule->priority, "smaller goes first")->capture_default_str();
    add->add_option("--comment", rule->comment, "for people");
    add->callback([rule, &work] { work = [rule](Context& c) { return add_number_rule(c, *rule); }; }
    );
}

}  // namespace

void add_number_commands(CLI::App& app, Work& work) {
    auto* rules =
        app.add_subcommand("number-rule", "how numbers are rewritten before they are read")
            ->require_subcommand(1);
    add_rule_add(*rules, work);

    auto enterprise = std::make_shared<std::string>();
    auto* list = rules->add_subcommand("list", "list an enterprise's, in the order of their use");
    list->add_option("--enterprise", *enterprise, "number, Token or name")->required();
    list->callback([enterprise, &work] {
        work = [enterprise](Context& c) { return list_number_rules(c, *enterprise); };
    });

    auto id = std::make_shared<std::int64_t>();
    auto* remove = rules->add_subcommand("remove", "remove one");
    remove->add_option("id", *id, "as list shows it")->required();
    remove->add_option("--enterprise", *enterprise, "number, Token or name")->required();
    remove->callback([=, &work] {
        work = [=](Context& c) { return remove_number_rule(c, *enterprise, *id); };
    });

    auto raw = std::make_shared<std::string>();
    auto line = std::make_shared<std::string>();
    auto* number = app.add_subcommand("number", "numbers of callers")->require_subcommand(1);
    auto* explain = number->add_subcommand("explain", "which number a writing means, and why");
    explain->add_option("raw", *raw, "as an exchange or a person writes it")->required();
    explain->add_option("--enterprise", *enterprise, "number, Token or name")->required();
    explain->add_option("--line", *line, "the line (Trunk) that it came over");
    explain->callback([=, &work] {
        work = [=](Context& c) { return explain_number(c, *enterprise, *raw, *line); };
    });
}

}  // namespace trunkline::trunkctl
