#include "refused_commands.hpp"

#include <fmt/format.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/text.hpp"
#include "json/writer.hpp"
#include "service_api.hpp"

namespace trunkline::trunkctl {
namespace {

/// Which rows: what the routes take as query.
struct Filter {
    std::string enterprise, token, status, queue, target, state, from, to, limit, cursor;

    Query query() const {
        return {
            {"enterprise", enterprise},
            {"token", token},
            {"status", status},
            {"queue", queue},
            {"target", target},
            {"state", state},
            {"from", from},
            {"to", to},
            {"limit", limit},
            {"cursor", cursor}
        };
    }
    bool is_empty() const {
        return enterprise.empty() && token.empty() && status.empty() && from.empty() && to.empty();
    }
};

/// The two lists differ in their path and in what a line shows.
struct List {
    std::string path;
    std::vector<const char*> columns;
};
const List rejected_list{
    "/rejected",
    {"id", "received_at", "status", "event_type", "token", "source", "replayed_at", "reason"}
};
const List dead_letters_list{
    "/dead-letters",
    {"id", "died_at", "state", "queue", "enterprise_number", "target", "kind", "reason", "mend"}
};

std::string text_of(json::View item, const char* member) {
    const auto value = item.find(member);
    if (!value || value->is_null()) {
        return "-";
    }
    return value->string() ? std::string(*value->string()) : value->dump();
}

std::string people_of(const List& list, json::View page) {
    auto out = fmt::format("{}", fmt::join(list.columns, "\t"));
    for (const auto item : page.find("items")->elements()) {
        out += '\n';
        for (const auto* column : list.columns) {
            out += (column == list.columns.front() ? "" : "\t") + text_of(item, column);
        }
    }
    if (const auto next = page.find("next"); next && next->string()) {
        out += "\nmore: --cursor " + std::string(*next->string());
    }
    return out;
}

asio::awaitable<base::Result<>> show_list(Context& context, const List& list, Filter filter) {
    const auto page = co_await ask_ingest(context, "GET", with_query(list.path, filter.query()));
    if (!page) {
        co_return std::unexpected(page.error());
    }
    context.out.print(people_of(list, page->root()), page->root().dump());
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> show_one(Context& context, const List& list, std::string id) {
    const auto one =
        co_await ask_ingest(context, "GET", list.path + "/" + base::percent_encode(id));
    if (!one) {
        co_return std::unexpected(one.error());
    }
    context.out.print(one->root().dump(2), one->root().dump());
    co_return base::Result<>{};
}

std::string replay_target(const List& list, const std::string& id, const Query& query) {
    return with_query(list.path + "/" + base::percent_encode(id) + "/replay", query);
}

/// All are tried; the first failure is the command's.
asio::awaitable<base::Result<>> replay_ids(
    Context& context, const List& list, std::vector<std::string> ids, Query query
) {
    base::Result<> outcome;
    std::string people;
    json::Writer writer;
    writer.begin_array();
    for (const auto& id : ids) {
        const auto answer = co_await ask_ingest(context, "POST", replay_target(list, id, query));
        if (!answer && outcome) {
            outcome = std::unexpected(answer.error());
        }
        const auto said = answer ? answer->root().dump() : base::describe(answer.error());
        people += fmt::format("{}{}: {}", people.empty() ? "" : "\n", id, said);
        writer.begin_object().member("id", id).member("done", answer.has_value());
        writer.key("answer");
        if (answer) {
            writer.value(answer->root());
        } else {
            writer.value(said);
        }
        writer.end_object();
    }
    writer.end_array();
    context.out.print(people, writer.take());
    co_return outcome;
}

asio::awaitable<base::Result<>> replay_filtered(Context& context, Filter filter, Query query) {
    const auto narrow = filter.query();
    query.insert(query.end(), narrow.begin(), narrow.end());
    const auto tally = co_await ask_ingest(context, "POST", with_query("/rejected/replay", query));
    if (!tally) {
        co_return std::unexpected(tally.error());
    }
    const auto root = tally->root();
    auto people = fmt::format(
        "replayed {}, duplicates {}, failed {}",
        text_of(root, "replayed"),
        text_of(root, "duplicates"),
        root.find("failed")->size()
    );
    for (const auto item : root.find("failed")->elements()) {
        people += fmt::format("\n{}: {}", text_of(item, "id"), text_of(item, "detail"));
    }
    if (root.find("next")->string()) {
        people += "\nmore: --cursor " + text_of(root, "next");
    }
    context.out.print(people, root.dump());
    if (root.find("failed")->size() > 0) {
        co_return base::fail(base::Errc::conflict, "some were refused again");
    }
    co_return base::Result<>{};
}

using SharedFilter = std::shared_ptr<Filter>;

void add_common_filter(CLI::App& command, const SharedFilter& filter) {
    command.add_option("--enterprise", filter->enterprise, "number, Token or name");
    command.add_option("--from", filter->from, "ISO 8601 with zone");
    command.add_option("--to", filter->to, "ISO 8601 with zone");
    command.add_option("--limit", filter->limit, "1 to 1000");
    command.add_option("--cursor", filter->cursor, "goes on behind a page");
}

void add_rejected_filter(CLI::App& command, const SharedFilter& filter) {
    add_common_filter(command, filter);
    command.add_option("--token", filter->token, "as the exchange sent it");
    command.add_option("--status", filter->status, "how it was answered, e.g. 404");
}

void add_show(CLI::App& group, Work& work, const List& list) {
    auto id = std::make_shared<std::string>();
    auto* show = group.add_subcommand("show", "one with all that is known");
    show->add_option("id", *id)->required();
    show->callback([id, &list, &work] {
        work = [id, &list](Context& c) { return show_one(c, list, *id); };
    });
}

void add_rejected(CLI::App& app, Work& work) {
    auto* group = app.add_subcommand("rejected", "events that were refused")->require_subcommand(1);
    auto listed = std::make_shared<Filter>();
    auto* list = group->add_subcommand("list", "the last first");
    add_rejected_filter(*list, listed);
    list->callback([listed, &work] {
        work = [listed](Context& c) { return show_list(c, rejected_list, *listed); };
    });
    add_show(*group, work, rejected_list);

    auto filter = std::make_shared<Filter>();
    auto ids = std::make_shared<std::vector<std::string>>();
    auto vouched = std::make_shared<bool>(false);
    auto* replay =
        group->add_subcommand("replay", "take in again what was refused: ids, or by filter");
    replay->add_option("ids", *ids);
    replay->add_flag(
        "--accept-unsigned", *vouched, "you answer for events whose signature cannot be checked"
    );
    add_rejected_filter(*replay, filter);
    replay->callback([=, &work] {
        if (ids->empty() == filter->is_empty()) {
            throw CLI::ValidationError("rejected replay", "give ids, or filters, not both");
        }
        work = [=](Context& c) {
            const Query query{{"accept_unsigned", *vouched ? "true" : ""}};
            return ids->empty() ? replay_filtered(c, *filter, query)
                                : replay_ids(c, rejected_list, *ids, query);
        };
    });
}

void add_dead_letters(CLI::App& app, Work& work) {
    auto* group =
        app.add_subcommand("dead-letters", "what could not be delivered")->require_subcommand(1);
    auto filter = std::make_shared<Filter>();
    auto* list = group->add_subcommand("list", "the last first");
    add_common_filter(*list, filter);
    list->add_option("--queue", filter->queue, "telegram, gateway or crm");
    list->add_option("--target", filter->target, "a CRM, a chat");
    list->add_option("--state", filter->state, "dead, pending or delivered");
    list->callback([filter, &work] {
        work = [filter](Context& c) { return show_list(c, dead_letters_list, *filter); };
    });
    add_show(*group, work, dead_letters_list);

    auto ids = std::make_shared<std::vector<std::string>>();
    auto* replay = group->add_subcommand("replay", "put them back into their queues");
    replay->add_option("ids", *ids)->required();
    replay->callback([ids, &work] {
        work = [ids](Context& c) { return replay_ids(c, dead_letters_list, *ids, {}); };
    });
}

}  // namespace

void add_refused_commands(CLI::App& app, Work& work) {
    add_rejected(app, work);
    add_dead_letters(app, work);
}

}  // namespace trunkline::trunkctl
