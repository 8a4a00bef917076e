#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "name_commands.hpp"

namespace trunkline::trunkctl {
namespace {

/// `import`, `list` and `remove`, which are alike for both.
void add_common(
    CLI::App& command, const NameTable& table, const std::string& key_option, Work& work
) {
    auto options = std::make_shared<ImportOptions>();
    auto* import = command.add_subcommand("import", "from a CSV file, UTF-8");
    import->add_option("enterprise", options->any, "number, Token or name")->required();
    import->add_option("file", options->file, "the file; - for standard input")->required();
    import->add_flag("--skip-bad", options->skip_bad, "leave out bad lines; else one stops all");
    import->add_flag("--replace", options->replace, "remove those that the file does not have");
    import->add_flag("--dry-run", options->dry_run, "store nothing, tell what would be");
    import->callback([options, &table, &work] {
        work = [options, &table](Context& c) { return import_names(c, table, *options); };
    });

    auto any = std::make_shared<std::string>();
    auto* list = command.add_subcommand("list", "list all");
    list->add_option("enterprise", *any, "number, Token or name")->required();
    list->callback([any, &table, &work] {
        work = [any, &table](Context& c) { return list_names(c, table, *any); };
    });

    auto key = std::make_shared<std::string>();
    auto* remove = command.add_subcommand("remove", "remove one");
    remove->add_option("enterprise", *any, "number, Token or name")->required();
    remove->add_option(key_option, *key)->required();
    remove->callback([any, key, &table, &work] {
        work = [any, key, &table](Context& c) { return remove_name(c, table, *any, *key); };
    });
}

}  // namespace

void add_name_commands(CLI::App& app, Work& work) {
    auto any = std::make_shared<std::string>();
    auto row = std::make_shared<NameRow>(managers_table().columns.size());
    auto* manager = app.add_subcommand("manager", "names of extensions")->require_subcommand(1);
    auto* add_manager = manager->add_subcommand("add", "add or change one");
    add_manager->add_option("enterprise", *any, "number, Token or name")->required();
    add_manager->add_option("--extension", (*row)[0])->required();
    add_manager->add_option("--full-name", (*row)[1])->required();
    add_manager->add_option("--short-name", (*row)[2]);
    add_manager->callback([any, row, &work] {
        work = [any, row](Context& c) { return put_name(c, managers_table(), *any, *row); };
    });
    add_common(*manager, managers_table(), "--extension", work);

    auto line_row = std::make_shared<NameRow>(lines_table().columns.size());
    auto* line = app.add_subcommand("line", "outside lines")->require_subcommand(1);
    auto* add_line = line->add_subcommand("add", "add or change one");
    add_line->add_option("enterprise", *any, "number, Token or name")->required();
    add_line->add_option("--line", (*line_row)[0], "the exchange's id of it (Trunk)")->required();
    add_line->add_option("--name", (*line_row)[1])->required();
    add_line->add_option("--operator", (*line_row)[2]);
    add_line->add_option("--phone", (*line_row)[3], "the number that callers dial");
    add_line->callback([any, line_row, &work] {
        work = [any, line_row](Context& c) { return put_name(c, lines_table(), *any, *line_row); };
    });
    add_common(*line, lines_table(), "--line", work);
}

}  // namespace trunkline::trunkctl
