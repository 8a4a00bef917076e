#include "own_commands.hpp"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "base/text.hpp"
#include "import_file.hpp"
#include "json/writer.hpp"
#include "service_api.hpp"

namespace trunkline::trunkctl {
namespace {

constexpr auto calls_shown = "10";

std::string path_of(const std::string& any, const std::string& what, const std::string& id = {}) {
    auto path = "/own/" + base::percent_encode(any) + "/" + what;
    return id.empty() ? path : path + "/" + base::percent_encode(id);
}

/// "" where there is none.
std::string text_of(json::View one, const char* key) {
    const auto found = one.find(key);
    if (!found) {
        return {};
    }
    if (found->is_array()) {
        std::string out;
        for (const auto each : found->elements()) {
            out += (out.empty() ? "" : ", ") + std::string(each.string().value_or(""));
        }
        return out;
    }
    return std::string(found->scalar_text().value_or(""));
}

std::string line_of(json::View one, const std::string& what) {
    auto line = fmt::format("{:<37} {:<30}", text_of(one, "id"), text_of(one, "name"));
    if (what == "contacts") {
        line += fmt::format(" {:<26} {}", text_of(one, "company"), text_of(one, "phones"));
    } else {
        line += " " + text_of(one, "responsible");
    }
    line.erase(line.find_last_not_of(' ') + 1);
    return line;
}

std::string call_line(json::View call) {
    const bool answered = call.find("answered") && call.find("answered")->boolean() == true;
    return fmt::format(
        "  {} {:<3} {:<15} {:<6} {}",
        text_of(call, "started_at"),
        text_of(call, "direction"),
        text_of(call, "phone"),
        text_of(call, "extension"),
        answered ? text_of(call, "talk_s") + " s" : std::string("not answered")
    );
}

std::string body_of(const NewOwn& one) {
    json::Writer writer;
    writer.begin_object();
    for (const auto& member : one.members) {
        if (member.text) {
            writer.member(member.name, *member.text);
        }
    }
    if (!one.phones.empty()) {
        writer.member("phones", one.phones);
    }
    return writer.end_object().take();
}

/// Bad lines as the server told them: `line 7`.
std::vector<csv::BadLine> bad_lines_of(const base::Error& error) {
    std::vector<csv::BadLine> out;
    for (const auto& field : error.fields) {
        const std::string_view path = field.path;
        std::size_t line = 0;
        if (path.starts_with("line ")) {
            std::from_chars(path.data() + 5, path.data() + path.size(), line);
            out.push_back({line, field.detail});
        }
    }
    return out;
}

}  // namespace

asio::awaitable<base::Result<>> put_own(
    Context& context, std::string any, std::string what, NewOwn one
) {
    Upload upload{.body = body_of(one)};
    const auto target = path_of(any, what, one.id);
    auto kept =
        co_await ask_integration_cache(context, one.id.empty() ? "POST" : "PATCH", target, upload);
    if (!kept && kept.error().code == base::Errc::not_found && !one.id.empty()) {
        kept = co_await ask_integration_cache(context, "PUT", target, std::move(upload));
    }
    if (!kept) {
        co_return std::unexpected(kept.error());
    }
    context.out.print(line_of(kept->root(), what), kept->root().dump());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> list_own(
    Context& context, std::string any, std::string what, OwnSearch search
) {
    std::string people;
    std::size_t count = 0;
    std::string cursor;
    json::Writer writer;
    writer.begin_array();
    do {
        auto target = with_query(
            path_of(any, what),
            {{"q", search.words}, {"phone", search.phone}, {"limit", "1000"}, {"cursor", cursor}}
        );
        const auto page = co_await ask_integration_cache(context, "GET", std::move(target));
        if (!page) {
            co_return std::unexpected(page.error());
        }
        const auto items = page->root().find("items").value_or(page->root());
        for (const auto one : items.elements()) {
            people += (people.empty() ? "" : "\n") + line_of(one, what);
            writer.value(one);
            ++count;
        }
        cursor = text_of(page->root(), "next");
    } while (!cursor.empty());
    writer.end_array();
    const auto head = fmt::format("{}: {}", what, count);
    context.out.print(people.empty() ? head : head + "\n" + people, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> show_own(
    Context& context, std::string any, std::string what, std::string id
) {
    const auto target = path_of(any, what, id);
    const auto one = co_await ask_integration_cache(context, "GET", target);
    if (!one) {
        co_return std::unexpected(one.error());
    }
    auto calls_target = with_query(target + "/calls", {{"limit", calls_shown}});
    const auto calls = co_await ask_integration_cache(context, "GET", std::move(calls_target));
    if (!calls) {
        co_return std::unexpected(calls.error());
    }
    auto people = one->root().dump(2);
    const auto items = calls->root().find("items").value_or(calls->root());
    people += items.size() == 0 ? "\nno calls" : "\nthe last calls:";
    for (const auto call : items.elements()) {
        people += "\n" + call_line(call);
    }
    json::Writer writer;
    writer.begin_object()
        .key(what == "contacts" ? "contact" : "company")
        .value(one->root())
        .member("calls", items)
        .end_object();
    context.out.print(people, writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> remove_own(
    Context& context, std::string any, std::string what, std::string id
) {
    const auto gone = co_await ask_integration_cache(context, "DELETE", path_of(any, what, id));
    if (!gone) {
        co_return std::unexpected(gone.error());
    }
    json::Writer writer;
    writer.begin_object().member("status", "ok").end_object();
    context.out.print(id + " is removed", writer.take());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> import_own(Context& context, OwnImport import) {
    auto text = read_file(import.file);
    if (!text) {
        co_return std::unexpected(text.error());
    }
    if (text->empty()) {
        co_return base::fail(base::Errc::malformed, "the file is empty");
    }
    auto target = with_query(
        path_of(import.any, "import"),
        {{"skip_bad", import.skip_bad ? "true" : ""}, {"dry_run", import.dry_run ? "true" : ""}}
    );
    Upload upload{.content_type = "text/csv; charset=utf-8", .body = std::move(*text)};
    const auto done =
        co_await ask_integration_cache(context, "POST", std::move(target), std::move(upload));
    if (!done) {
        const auto bad = bad_lines_of(done.error());
        tell_bad_lines(bad);
        // Told already, line by line.
        co_return bad.empty()
            ? std::unexpected(done.error())
            : base::fail(
                  base::Errc::malformed, done.error().detail + " (--skip-bad imports the rest)"
              );
    }
    const auto root = done->root();
    auto people = fmt::format(
        "contacts: {} created, {} changed, {} as they were; {} companies created",
        text_of(root, "created"),
        text_of(root, "updated"),
        text_of(root, "unchanged"),
        text_of(root, "companies_created")
    );
    if (const auto bad = root.find("bad"); bad && bad->size() > 0) {
        people += fmt::format("; {} bad lines left out", bad->size());
        for (const auto line : bad->elements()) {
            people += "\nline " + text_of(line, "line") + ": " + text_of(line, "detail");
        }
    }
    if (const auto ignored = text_of(root, "ignored_columns"); !ignored.empty()) {
        people += "\nignored columns: " + ignored;
    }
    people += import.dry_run ? "\nnothing is stored (--dry-run)" : "";
    context.out.print(people, root.dump());
    co_return base::Result<>{};
}

}  // namespace trunkline::trunkctl
