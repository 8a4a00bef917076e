#include "rejected_handlers.hpp"

#include <charconv>
#include <chrono>
#include <limits>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "event_handlers.hpp"
#include "httpd/problem.hpp"
#include "json/writer.hpp"
#include "page_params.hpp"

namespace trunkline::ingest {
namespace {

constexpr auto max_id = std::numeric_limits<std::int64_t>::max();
/// Left of the deadline for the answer when a long replay has to stop.
constexpr auto answer_time = std::chrono::seconds(2);

base::Result<std::int64_t> id_of(const httpd::Request& request) {
    const std::string text(request.param("id"));
    std::int64_t id = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), id);
    if (parsed.ec != std::errc{} || parsed.ptr != text.data() + text.size() || id < 1) {
        return base::fail(base::Errc::not_found, "there is no rejected event \"" + text + "\"");
    }
    return id;
}

base::Result<RejectedStore::Filter> read_filter(const httpd::Request& request) {
    RejectedStore::Filter filter;
    const auto limit = page_limit(request);
    const auto from = time_param(request, "from");
    const auto to = time_param(request, "to");
    const auto status = number_param(request, "status", 400, 599);
    const auto cursor = number_param(request, "cursor", 1, max_id);
    for (const auto* error :
         {limit ? nullptr : &limit.error(),
          from ? nullptr : &from.error(),
          to ? nullptr : &to.error(),
          status ? nullptr : &status.error(),
          cursor ? nullptr : &cursor.error()}) {
        if (error != nullptr) {
            return std::unexpected(*error);
        }
    }
    filter.limit = *limit;
    filter.from = *from;
    filter.to = *to;
    filter.status = *status;
    filter.cursor = *cursor;
    filter.token = request.query_param("token");
    filter.enterprise = request.query_param("enterprise");
    return filter;
}

/// The enterprise may be given by number, Token or name; one that is gone still has its number.
asio::awaitable<base::Result<RejectedStore::Filter>> filter_of(
    const httpd::Request& request, tenants::Directory& directory
) {
    auto read = read_filter(request);
    if (!read || !read->enterprise) {
        co_return read;
    }
    auto filter = std::move(*read);
    const auto known =
        co_await directory.find_or_load(filter.enterprise.value_or(""), request.deadline);
    if (known) {
        filter.enterprise = known->number;
        filter.enterprise_token = known->token;
    }
    co_return filter;
}

asio::awaitable<base::Result<Stored>> replay_one(
    std::int64_t id,
    RejectedStore& store,
    EventIntake& intake,
    const httpd::Request& request,
    bool vouched
) {
    static const base::Logger logger("rejected");
    auto rejected = co_await store.load(id);
    if (!rejected) {
        co_return std::unexpected(rejected.error());
    }
    if (!rejected->event_id.empty()) {
        co_return Stored{.event_id = rejected->event_id, .duplicate = true};
    }
    EventIntake::Source source{
        .address = net::IpAddress::parse(rejected->source).value_or(net::IpAddress{}),
        .trace = request.trace,
        .deadline = request.deadline,
        .request = nullptr,
        .replay = EventIntake::Replay{.received_at = rejected->received_at, .vouched = vouched},
    };
    auto stored = co_await intake.add(std::move(rejected->raw), std::move(source));
    if (!stored) {
        if (stored.error().code == base::Errc::unauthorized) {
            stored.error().detail +=
                "; signatures are not kept: replay with accept_unsigned=true if you answer for it";
        }
        co_return stored;
    }
    const auto marked = co_await store.mark_replayed(id, stored->event_id);
    if (!marked) {
        // The event is in; another replay of it will be answered as a duplicate.
        logger.warning("rejected event {} is replayed, its row does not say so", id);
    }
    co_return stored;
}

struct Tally {
    std::size_t replayed = 0;
    std::size_t duplicates = 0;
    std::vector<std::pair<std::int64_t, base::Error>> failed;
    std::optional<std::int64_t> next;  ///< Some are left behind this one.
};

std::string to_json(const Tally& tally) {
    json::Writer writer;
    writer.begin_object()
        .member("replayed", tally.replayed)
        .member("duplicates", tally.duplicates)
        .key("failed")
        .begin_array();
    for (const auto& [id, error] : tally.failed) {
        writer.begin_object()
            .member("id", std::to_string(id))
            .member("status", httpd::status_of(error.code))
            .member("detail", error.detail)
            .end_object();
    }
    writer.end_array()
        .member("next", tally.next.transform([](auto id) { return std::to_string(id); }))
        .end_object();
    return writer.take();
}

asio::awaitable<Tally> replay_all(
    std::vector<std::int64_t> ids,
    std::size_t limit,
    RejectedStore& store,
    EventIntake& intake,
    const httpd::Request& request,
    bool vouched
) {
    Tally tally;
    for (std::size_t i = 0; i < ids.size(); ++i) {
        if (i == limit || net::time_left(request.deadline) < answer_time) {
            tally.next = i == 0 ? 0 : ids[i - 1];
            co_return tally;
        }
        const auto outcome = co_await replay_one(ids[i], store, intake, request, vouched);
        if (!outcome) {
            tally.failed.emplace_back(ids[i], outcome.error());
        } else if (outcome->duplicate) {
            ++tally.duplicates;
        } else {
            ++tally.replayed;
        }
    }
    co_return tally;
}

base::Result<> require_filter(const RejectedStore::Filter& filter) {
    if (filter.enterprise || filter.token || filter.status || filter.from || filter.to) {
        return {};
    }
    return base::fail(
        base::Errc::invalid_input,
        "say which: at least one of enterprise, token, status, from and to"
    );
}

}  // namespace

httpd::Handler list_rejected(RejectedStore& store, tenants::Directory& directory) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto filter = co_await filter_of(request, directory);
        if (!filter) {
            co_return httpd::to_response(filter.error());
        }
        const auto page = co_await store.list(std::move(*filter));
        co_return page ? httpd::Response::json(*page) : httpd::to_response(page.error());
    };
}

httpd::Handler get_rejected(RejectedStore& store) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto id = id_of(request);
        if (!id) {
            co_return httpd::to_response(id.error());
        }
        const auto one = co_await store.get(*id);
        co_return one ? httpd::Response::json(*one) : httpd::to_response(one.error());
    };
}

httpd::Handler replay_rejected(RejectedStore& store, EventIntake& intake) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto id = id_of(request);
        const auto vouched = flag_param(request, "accept_unsigned");
        if (!id || !vouched) {
            co_return httpd::to_response(id ? vouched.error() : id.error());
        }
        const auto stored = co_await replay_one(*id, store, intake, request, *vouched);
        co_return stored ? accepted(*stored) : httpd::to_response(stored.error());
    };
}

httpd::Handler replay_many_rejected(
    RejectedStore& store, EventIntake& intake, tenants::Directory& directory
) {
    return [&](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto filter = co_await filter_of(request, directory);
        if (!filter) {
            co_return httpd::to_response(filter.error());
        }
        const auto vouched = flag_param(request, "accept_unsigned");
        const auto narrow = require_filter(*filter);
        if (!vouched || !narrow) {
            co_return httpd::to_response(narrow ? vouched.error() : narrow.error());
        }
        const auto limit = static_cast<std::size_t>(filter->limit);
        auto ids = co_await store.waiting(std::move(*filter));
        if (!ids) {
            co_return httpd::to_response(ids.error());
        }
        const auto tally =
            co_await replay_all(std::move(*ids), limit, store, intake, request, *vouched);
        co_return httpd::Response::json(to_json(tally));
    };
}

}  // namespace trunkline::ingest
