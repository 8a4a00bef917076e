#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "own_commands.hpp"

namespace trunkline::trunkctl {
namespace {

/// `list`, `show` and `remove`, which are alike for both.
void add_common(CLI::App& command, const std::string& what, Work& work) {
    const auto any = std::make_shared<std::string>();
    const auto search = std::make_shared<OwnSearch>();
    auto* list = command.add_subcommand("list", "list all, or those that are looked for");
    list->add_option("enterprise", *any, "number, Token or name")->required();
    list->add_option("--search", search->words, "part of a name, e-mail, note or number");
    if (what == "contacts") {
        list->add_option("--phone", search->phone, "in any writing");
    }
    list->callback([any, search, what, &work] {
        work = [any, search, what](Context& c) { return list_own(c, *any, what, *search); };
    });

    const auto id = std::make_shared<std::string>();
    auto* show = command.add_subcommand("show", "show one and its last calls");
    show->add_option("enterprise", *any, "number, Token or name")->required();
    show->add_option("id", *id)->required();
    show->callback([any, id, what, &work] {
        work = [any, id, what](Context& c) { return show_own(c, *any, what, *id); };
    });
    auto* remove = command.add_subcommand("remove", "remove one; calls stay");
    remove->add_option("enterprise", *any, "number, Token or name")->required();
    remove->add_option("id", *id)->required();
    remove->callback([any, id, what, &work] {
        work = [any, id, what](Context& c) { return remove_own(c, *any, what, *id); };
    });
}

/// `add` with an option for each member.
CLI::App* add_put(
    CLI::App& command,
    const std::string& what,
    const std::vector<std::pair<std::string, std::string>>& members,
    const std::shared_ptr<NewOwn>& one,
    Work& work
) {
    const auto any = std::make_shared<std::string>();
    auto* add = command.add_subcommand("add", "add one, or change the one of --id");
    add->add_option("enterprise", *any, "number, Token or name")->required();
    add->add_option("--id", one->id, "an id of your own; without it a new one is made");
    one->members.reserve(members.size());
    for (const auto& [name, help] : members) {
        auto& member = one->members.emplace_back(OwnMember{name, std::nullopt});
        add->add_option("--" + name, member.text, help);
    }
    add->callback([any, one, what, &work] {
        work = [any, one, what](Context& c) { return put_own(c, *any, what, *one); };
    });
    return add;
}

}  // namespace

void add_own_commands(CLI::App& app, Work& work) {
    auto* contact = app.add_subcommand("contact", "the own CRM: who calls")->require_subcommand(1);
    const auto person = std::make_shared<NewOwn>();
    auto* add = add_put(
        *contact,
        "contacts",
        {{"name", ""},
         {"company", "by its name; made if there is none"},
         {"email", ""},
         {"responsible", "extension of the manager"},
         {"note", ""}},
        person,
        work
    );
    add->add_option("--phone", person->phones, "may be given several times")->take_all();
    add_common(*contact, "contacts", work);
    const auto import = std::make_shared<OwnImport>();
    auto* from_file = contact->add_subcommand("import", "from a CSV file, UTF-8");
    from_file->add_option("enterprise", import->any, "number, Token or name")->required();
    from_file->add_option("file", import->file, "the file; - for standard input")->required();
    from_file->add_flag("--skip-bad", import->skip_bad, "leave out bad lines; else one stops all");
    from_file->add_flag("--dry-run", import->dry_run, "store nothing, tell what would be");
    from_file->callback([import, &work] {
        work = [import](Context& c) { return import_own(c, *import); };
    });

    auto* company = app.add_subcommand("company", "the own CRM: companies")->require_subcommand(1);
    const auto firm = std::make_shared<NewOwn>();
    add_put(
        *company,
        "companies",
        {{"name", ""}, {"responsible", "extension of the manager"}, {"note", ""}},
        firm,
        work
    );
    add_common(*company, "companies", work);
}

}  // namespace trunkline::trunkctl
