#include "control_handlers.hpp"

#include <charconv>

#include "httpd/problem.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {
namespace {

void write_message(json::Writer& writer, const TelegramApi::Message& message) {
    writer.begin_object()
        .member("message_id", message.id)
        .member("text", message.history.back().text)
        .member("deleted", message.deleted)
        .member("reply_to", message.reply_to)
        .member("from_user", message.from_user)
        .member("thread_id", message.thread)
        .key("history")
        .begin_array();
    for (const auto& version : message.history) {
        writer.begin_object()
            .member("text", version.text)
            .member("at", base::format_iso8601(version.at))
            .end_object();
    }
    writer.end_array();
    if (!message.reply_markup.empty()) {
        writer.member("reply_markup", message.reply_markup);
    }
    writer.end_object();
}

void write_record(json::Writer& writer, const Record& record) {
    writer.begin_object()
        .member("number", record.number)
        .member("at", base::format_iso8601(record.at))
        .member("api", record.api)
        .member("account", record.account)
        .member("method", record.method)
        .key("parameters")
        .begin_object();
    for (const auto& [name, value] : record.parameters) {
        writer.member(name, value);
    }
    writer.end_object().member("status", record.status).member("answer", record.answer);
    if (!record.fault.empty()) {
        writer.member("fault", record.fault);
    }
    writer.end_object();
}

/// `since`: what happened before it is left out. Everything where it is absent.
base::Result<base::WallTime> since_of(const httpd::Request& request) {
    const auto text = request.query_param("since");
    if (!text) {
        return base::WallTime::min();
    }
    const auto time = base::parse_iso8601(*text);
    if (!time) {
        return base::fail(base::Errc::invalid_input, "since: " + time.error().detail);
    }
    return *time;
}

httpd::Response ok() { return httpd::Response::json(R"({"status":"ok"})"); }

}  // namespace

httpd::Handler get_chats(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto since = since_of(request);
        if (!since) {
            co_return httpd::to_response(since.error());
        }
        json::Writer writer;
        writer.begin_object().key("chats").begin_array();
        for (const auto& [place, messages] : state.telegram.chats()) {
            writer.begin_object()
                .member("bot_id", place.first)
                .member("chat_id", place.second)
                .key("messages")
                .begin_array();
            for (const auto& message : messages) {
                if (message.history.back().at >= *since) {
                    write_message(writer, message);
                }
            }
            writer.end_array().end_object();
        }
        writer.end_array().end_object();
        co_return httpd::Response::json(writer.take());
    };
}

httpd::Handler get_requests(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto api = request.query_param("api");
        const auto since = since_of(request);
        if (!since) {
            co_return httpd::to_response(since.error());
        }
        std::uint64_t after = 0;
        if (const auto text = request.query_param("after")) {
            const auto parsed = std::from_chars(text->data(), text->data() + text->size(), after);
            if (parsed.ec != std::errc{}) {
                co_return httpd::problem(422, "", "after: must be the number of a request");
            }
        }
        json::Writer writer;
        writer.begin_object().key("items").begin_array();
        for (const auto& record : state.records) {
            if (record.number > after && record.at >= *since && (!api || *api == record.api)) {
                write_record(writer, record);
            }
        }
        writer.end_array().end_object();
        co_return httpd::Response::json(writer.take());
    };
}

httpd::Handler get_faults(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        json::Writer writer;
        writer.begin_object().key("items").begin_array();
        for (const auto& fault : state.faults.all()) {
            writer.raw(to_json(fault));
        }
        writer.end_array().end_object();
        co_return httpd::Response::json(writer.take());
    };
}

httpd::Handler add_fault(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        auto fault = fault_from_json(document->root());
        if (!fault) {
            co_return httpd::to_response(fault.error());
        }
        state.faults.add(std::move(*fault));
        co_return ok();
    };
}

httpd::Handler clear_faults(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        state.faults.clear();
        co_return ok();
    };
}

httpd::Handler get_limits(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        co_return httpd::Response::json(to_json(state.limits));
    };
}

httpd::Handler set_limits(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        const auto settings = limits_from_json(document->root());
        if (!settings) {
            co_return httpd::to_response(settings.error());
        }
        state.limits.set(*settings);
        co_return httpd::Response::json(to_json(state.limits));
    };
}

httpd::Handler reset(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        state.reset();
        co_return ok();
    };
}

}  // namespace trunkline::sandbox
