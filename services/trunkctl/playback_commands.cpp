#include "playback_commands.hpp"

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>

#include "emulator_api.hpp"
#include "json/writer.hpp"
#include "outcome_text.hpp"
#include "playback/recording.hpp"
#include "playback/rehearsal.hpp"
#include "story/reader.hpp"
#include "story/recording.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr auto default_timezone = "Europe/Minsk";

base::Result<std::string> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    if (!file) {
        return base::fail(base::Errc::not_found, path + " cannot be read");
    }
    return std::string(std::istreambuf_iterator<char>(file), {});
}

std::string differences_json(const std::vector<playback::Difference>& differences) {
    json::Writer writer;
    writer.begin_object().key("differences").begin_array();
    for (const auto& difference : differences) {
        playback::write_difference(writer, difference);
    }
    return writer.end_array().end_object().take();
}

base::Result<> replay_here(Context& context, const playback::Pattern& pattern) {
    const auto result = playback::replay(pattern);
    if (!result) {
        return std::unexpected(result.error());
    }
    const auto body = differences_json(result->differences);
    std::string people;
    for (const auto& call : result->calls) {
        for (const auto& text : call.texts) {
            people += text + "\n";
        }
    }
    const auto document = json::parse(body, {.max_bytes = std::size_t{1} << 20, .max_depth = 64});
    const auto list = document ? document->root().find("differences") : std::nullopt;
    if (list) {
        for (const auto difference : list->elements()) {
            people += difference_text(difference) + "\n";
        }
    }
    people += result->differences.empty() ? "the same outcome" : "another outcome";
    context.out.print(people, body);
    if (!result->differences.empty()) {
        return base::fail(
            base::Errc::conflict, std::to_string(result->differences.size()) + " differences"
        );
    }
    return {};
}

/// The emulator plays it; a pattern that it did not have before it has not afterwards.
asio::awaitable<base::Result<>> replay_there(
    Context& context, std::string text, std::string id, ReplayOptions options
) {
    const auto imported = co_await ask_emulator(context, "POST", "/patterns", std::move(text));
    if (!imported) {
        co_return std::unexpected(imported.error());
    }
    EmulateOptions order;
    order.pattern = id;
    order.fields = std::move(options.fields);
    order.target = std::move(options.against);
    auto outcome = co_await emulate(context, std::move(order));
    co_await ask_emulator(context, "DELETE", "/patterns/" + id);
    co_return outcome;
}

void add_emulate_command(CLI::App& app, Work& work) {
    auto one = std::make_shared<EmulateOptions>();
    auto many = std::make_shared<LoadOptions>();
    auto lasts = std::make_shared<std::string>("60s");
    auto* emulate_call =
        app.add_subcommand("emulate", "play a call, or many, at the running suite");
    emulate_call->add_option("pattern", one->pattern, "of the emulator's list; none with --rate");
    emulate_call->add_option("fields", one->fields, "name=value; of a list value,value");
    emulate_call->add_option("--pace", one->pace, "fast, real or milliseconds between events");
    emulate_call->add_option("--repeat", one->repeat, "so many runs");
    emulate_call->add_option("--parallel", one->parallel, "so many of them at once");
    emulate_call->add_flag("--shuffle", one->shuffle, "events change places");
    emulate_call->add_option("--drop", one->drop, "names of events with commas, or a share");
    emulate_call->add_option("--double", one->share_of_doubles, "share of events that go twice");
    emulate_call->add_option("--seed", one->seed, "the same seed disturbs in the same way");
    emulate_call->add_option("--target", one->target, "base URL instead of INGEST_URL");
    auto* rate = emulate_call->add_option("--rate", many->rate, "load: events a second")
                     ->check(CLI::Range(0.1, 5000.0));
    emulate_call->add_option("--for", *lasts, "load: how long, such as 60s or 5m")
        ->capture_default_str()
        ->needs(rate);
    emulate_call->add_option("--enterprises", many->enterprises, "load: over so many")
        ->check(CLI::Range(1, 1000))
        ->capture_default_str()
        ->needs(rate);
    emulate_call
        ->add_flag("--prepare", many->prepare, "load: make the enterprises load-001 ... first")
        ->needs(rate);
    emulate_call->callback([=, &work] {
        if (many->rate <= 0) {
            if (one->pattern.empty()) {
                throw CLI::RequiredError("pattern");
            }
            work = [one](Context& c) { return emulate(c, *one); };
            return;
        }
        const bool is_minutes = lasts->ends_with('m');
        many->seconds = std::atoll(lasts->c_str()) * (is_minutes ? 60 : 1);
        many->pace = one->pace;
        many->target = one->target;
        work = [many](Context& c) { return emulate_load(c, *many); };
    });
}

}  // namespace

asio::awaitable<base::Result<>> export_call(Context& context, ExportOptions options) {
    const auto records =
        co_await story::read_records(context.pool, options.call, options.enterprise);
    if (!records) {
        co_return std::unexpected(records.error());
    }
    const auto trace = playback::export_trace(story::recording_of(*records, default_timezone));
    if (!trace) {
        co_return std::unexpected(trace.error());
    }
    if (options.file.empty() || options.file == "-") {
        std::fwrite(trace->data(), 1, trace->size(), stdout);
        co_return base::Result<>{};
    }
    std::ofstream file(options.file, std::ios::binary | std::ios::trunc);
    file << *trace;
    file.close();
    if (!file) {
        co_return base::fail(base::Errc::unavailable, options.file + " cannot be written");
    }
    json::Writer writer;
    writer.begin_object().member("file", options.file).end_object();
    context.out.print(options.file, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> replay_file(Context& context, ReplayOptions options) {
    auto text = read_file(options.file);
    if (!text) {
        co_return std::unexpected(text.error());
    }
    const auto pattern = playback::pattern_from_json(*text);
    if (!pattern) {
        co_return base::fail(
            base::Errc::invalid_input, options.file + ": " + base::describe(pattern.error())
        );
    }
    if (options.against.empty()) {
        co_return replay_here(context, *pattern);
    }
    co_return co_await replay_there(context, std::move(*text), pattern->id, std::move(options));
}

void add_playback_commands(CLI::App& app, Work& work) {
    auto exported = std::make_shared<ExportOptions>();
    auto* export_command =
        app.add_subcommand("export", "a stored call as a trace that names nobody");
    export_command->add_option("call", exported->call, "its uuid, or a UniqueId of its events")
        ->required();
    export_command->add_option("--enterprise", exported->enterprise, "number, Token or name");
    export_command->add_option("-o,--output", exported->file, "file; standard output");
    export_command->callback([exported, &work] {
        work = [exported](Context& c) { return export_call(c, *exported); };
    });

    auto replayed = std::make_shared<ReplayOptions>();
    auto* replay_command =
        app.add_subcommand("replay", "play a trace through the rules of today, print the diff");
    replay_command->add_option("file", replayed->file, "of trunkctl export")->required();
    replay_command->add_option("fields", replayed->fields, "with --against: name=value");
    replay_command->add_option("--against", replayed->against, "base URL of a running ingest");
    replay_command->callback([replayed, &work] {
        work = [replayed](Context& c) { return replay_file(c, *replayed); };
    });
    add_emulate_command(app, work);
}

}  // namespace trunkline::trunkctl
