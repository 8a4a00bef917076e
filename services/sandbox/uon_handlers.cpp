#include "uon_handlers.hpp"

#include <utility>

#include "base/text.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "telegram_handlers.hpp"

namespace trunkline::sandbox {
namespace {

constexpr auto webhook_limit = std::chrono::milliseconds(15'000);

bool is_form(const httpd::Request& request) {
    return base::to_lower_ascii(request.header("Content-Type"))
        .starts_with("application/x-www-form-urlencoded");
}

/// A JSON body is not read: its fields are simply missing.
Parameters fields_of(const httpd::Request& request) {
    if (request.method != "POST") {
        return parse_form(request.query);
    }
    return is_form(request) ? parse_form(request.body) : Parameters{};
}

void write_rows(json::Writer& writer, std::string_view name, const std::vector<UonApi::Row>& rows) {
    writer.key(name).begin_array();
    for (const auto& row : rows) {
        writer.begin_object().member("id", std::to_string(row.id));
        for (const auto& [field, value] : row.fields) {
            writer.member(field, value);
        }
        writer.end_object();
    }
    writer.end_array();
}

void write_cabinet(json::Writer& writer, const UonApi::Cabinet& cabinet) {
    writer.begin_object();
    write_rows(writer, "calls", cabinet.calls);
    write_rows(writer, "notifications", cabinet.notifications);
    write_rows(writer, "webhooks", cabinet.webhooks);
    writer.key("clients").begin_array();
    for (const auto& client : cabinet.clients) {
        writer.raw(uon::to_json(client));
    }
    writer.end_array().member("requests", cabinet.requests).key("violations").begin_object();
    for (const auto& [what, times] : cabinet.violations) {
        writer.member(what, times);
    }
    writer.end_object().end_object();
}

struct Event {
    std::string account;
    std::string type;
    std::string format;
    std::string url;
    Parameters fields;
};

base::Result<Event> event_of(const std::string& body) {
    const auto document = json::parse(body);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    Event event;
    event.account = reader.required_string("account");
    event.type = reader.required_text("type_id");
    event.format = reader.optional_string("format").value_or("");
    event.url = reader.optional_string("url").value_or("");
    if (!event.format.empty() && event.format != "form" && event.format != "json" &&
        event.format != "query") {
        reader.fail("format", "must be form, json or query");
    }
    if (const auto fields = reader.view("fields")) {
        for (const auto& [name, value] : fields->members()) {
            event.fields[std::string(name)] = value.scalar_text().value_or("");
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return event;
}

std::string as_form(const Parameters& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        text += (text.empty() ? "" : "&") + base::percent_encode(name) + "=" +
                base::percent_encode(value);
    }
    return text;
}

/// `client[u_id]` becomes a member of an object `client`.
std::string as_json(const Parameters& fields) {
    std::map<std::string, Parameters> nested;
    json::Writer writer;
    writer.begin_object();
    for (const auto& [name, value] : fields) {
        const auto open = name.find('[');
        if (open != std::string::npos && name.ends_with(']')) {
            nested[name.substr(0, open)][name.substr(open + 1, name.size() - open - 2)] = value;
        } else {
            writer.member(name, value);
        }
    }
    for (const auto& [name, members] : nested) {
        writer.key(name).begin_object();
        for (const auto& [member, value] : members) {
            writer.member(member, value);
        }
        writer.end_object();
    }
    return writer.end_object().take();
}

httpc::Request request_for(const Event& event, const std::string& url, const std::string& format) {
    httpc::Request request;
    request.method = format == "query" ? "GET" : "POST";
    request.url = url;
    if (format == "query") {
        request.url += (url.find('?') == std::string::npos ? "?" : "&") + as_form(event.fields);
    } else {
        request.body = format == "json" ? as_json(event.fields) : as_form(event.fields);
        request.headers.emplace_back(
            "Content-Type",
            format == "json" ? "application/json" : "application/x-www-form-urlencoded"
        );
    }
    request.timeout = webhook_limit;
    request.peer = "webhook";
    return request;
}

/// Address and format of everybody who wants to know.
std::vector<std::pair<std::string, std::string>> listeners(
    const UonApi::Cabinet* cabinet, const Event& event
) {
    std::vector<std::pair<std::string, std::string>> out;
    if (!event.url.empty()) {
        out.emplace_back(event.url, event.format.empty() ? "form" : event.format);
        return out;
    }
    if (cabinet == nullptr) {
        return out;
    }
    for (const auto& webhook : cabinet->webhooks) {
        if (webhook.fields.at("type_id") != event.type) {
            continue;
        }
        const auto method = webhook.fields.find("method");
        const bool is_post = method != webhook.fields.end() && method->second == "POST";
        const auto own = is_post ? "form" : "query";
        out.emplace_back(webhook.fields.at("url"), event.format.empty() ? own : event.format);
    }
    return out;
}

}  // namespace

httpd::Handler uon_method(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const std::string key(request.param("key"));
        const std::string path(request.param("method"));
        const auto fields = fields_of(request);
        Record record;
        record.api = "uon";
        record.account = UonApi::cabinet_of(key).value_or("");
        record.method = request.method + " " + path;
        record.parameters = fields;
        const auto refusal = state.uon.wait(key);
        if (refusal) {
            record.status = refusal->status;
            record.answer = refusal->body;
            state.record(std::move(record));
            co_return httpd::Response::json(refusal->body, refusal->status);
        }
        std::function<ApiAnswer()> act = [&state, key, method = request.method, path, fields] {
            return state.uon.call(key, method, path, fields);
        };
        co_return co_await act_with_faults(state, std::move(record), std::move(act));
    };
}

httpd::Handler get_uon(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        json::Writer writer;
        writer.begin_object().key("accounts").begin_object();
        for (const auto& [name, cabinet] : state.uon.cabinets()) {
            writer.key(name);
            write_cabinet(writer, cabinet);
        }
        writer.end_object().end_object();
        co_return httpd::Response::json(writer.take());
    };
}

httpd::Handler set_uon_switches(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        using NotFound = UonApi::Switches::NotFound;
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        json::Reader reader(document->root());
        UonApi::Switches switches;
        const auto form = reader.optional_text("not_found").value_or("404");
        switches.not_found = form == "404"   ? NotFound::status_404
                             : form == "200" ? NotFound::result_404
                                             : NotFound::empty;
        if (form != "404" && form != "200" && form != "empty") {
            reader.fail("not_found", "must be 404, 200 or empty");
        }
        switches.get = reader.optional_bool("get").value_or(true);
        switches.post = reader.optional_bool("post").value_or(true);
        if (const auto finished = reader.finish(); !finished) {
            co_return httpd::to_response(finished.error());
        }
        state.uon.switches = switches;
        co_return httpd::Response::json(R"({"status":"ok"})");
    };
}

httpd::Handler play_uon_event(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        auto event = event_of(request.body);
        if (!event) {
            co_return httpd::to_response(event.error());
        }
        event->fields["type_id"] = event->type;
        event->fields.emplace("uon_id", "777");
        event->fields.emplace("uon_subdomain", "sandbox");
        event->fields.emplace("datetime", base::format_iso8601(state.clock.now()));
        const auto cabinet = state.uon.cabinets().find(event->account);
        const auto* known = cabinet == state.uon.cabinets().end() ? nullptr : &cabinet->second;
        json::Writer writer;
        writer.begin_object().key("sent").begin_array();
        for (const auto& [url, format] : listeners(known, *event)) {
            auto order = request_for(*event, url, format);
            const auto method = order.method;
            const auto outcome = co_await state.http->send(std::move(order));
            writer.begin_object()
                .member("method", method)
                .member("status", outcome ? outcome->status : 0)
                .member("answer", outcome ? outcome->body : base::describe(outcome.error().error))
                .end_object();
        }
        writer.end_array().end_object();
        co_return httpd::Response::json(writer.take());
    };
}

}  // namespace trunkline::sandbox
