#include "moysklad_handlers.hpp"

#include <algorithm>
#include <utility>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "gzip.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "telegram_handlers.hpp"

namespace trunkline::sandbox {
namespace {

using moysklad::Answer;
using moysklad::Api;
using moysklad::Limits;

std::vector<std::string> segments_of(std::string_view path, std::string_view base) {
    std::vector<std::string> segments;
    for (const auto& part : base::split(path.substr(base.size()), '/')) {
        segments.push_back(base::percent_decode(part));
    }
    return segments;
}

MoyskladApi::Request request_of(const httpd::Request& request, Api api) {
    const std::string_view base =
        api == Api::phone ? "/moysklad/api/phone/1.0/" : "/moysklad/api/remap/1.2/";
    MoyskladApi::Request out;
    out.api = api;
    out.method = request.method;
    out.path = segments_of(request.path, base);
    out.query = parse_form(request.query);
    out.body = request.body;
    out.accept_encoding = request.header("Accept-Encoding");
    out.accept = request.header("Accept");
    out.content_type = request.header("Content-Type");
    return out;
}

std::optional<std::string> account_of(const httpd::Request& request, Api api) {
    return api == Api::phone
               ? MoyskladApi::account_of_key(std::string(request.header("Lognex-Phone-Auth-Token")))
               : MoyskladApi::account_of_authorization(std::string(request.header("Authorization"))
                 );
}

Record record_of(const httpd::Request& request, const std::string& account) {
    constexpr std::string_view base = "/moysklad/api";
    Record record;
    record.api = "moysklad";
    record.account = account;
    record.method = request.method + " " + request.path.substr(base.size());
    record.parameters = parse_form(request.query);
    if (!request.body.empty()) {
        record.parameters["body"] = request.body;
    }
    return record;
}

Answer refusal(Limits& limits, Api api, const std::string& account, Limits::Breach breach) {
    if (breach == Limits::Breach::parallel) {
        return moysklad::error(429, 1073, "Превышено количество одновременных запросов");
    }
    const auto window = limits.window_of(api, account);
    auto answer = moysklad::error(429, 1049, "Превышено ограничение на количество запросов");
    const auto wait = std::to_string(window.reset.count());
    answer.headers = {{"X-Lognex-Retry-After", wait}, {"X-Lognex-Reset", wait}};
    return answer;
}

void add_window(httpd::Response& response, const Limits::Window& window) {
    response.add_header("X-RateLimit-Limit", std::to_string(window.limit))
        .add_header("X-RateLimit-Remaining", std::to_string(window.remaining))
        .add_header("X-Lognex-Retry-TimeInterval", std::to_string(window.interval.count()));
    if (response.header("X-Lognex-Reset").empty()) {
        response.add_header("X-Lognex-Reset", std::to_string(window.reset.count()));
    }
}

/// Packed, as MoySklad answers; without a standard Retry-After, which it does not know.
httpd::Response packed(httpd::Response response, const Answer& answer) {
    if (response.body.empty()) {
        auto empty = httpd::Response::empty(response.status);
        empty.headers.insert(empty.headers.end(), answer.headers.begin(), answer.headers.end());
        return empty;
    }
    const std::string seconds(response.header("Retry-After"));
    if (!seconds.empty()) {
        std::erase_if(response.headers, [](const auto& header) {
            return base::equals_ignoring_case(header.first, "Retry-After");
        });
        response.add_header("X-Lognex-Retry-After", seconds + "000");
    }
    for (const auto& [name, value] : answer.headers) {
        response.add_header(name, value);
    }
    response.body = gzip(response.body);
    response.add_header("Content-Encoding", "gzip");
    return response;
}

/// While a request is under way.
class Place {
public:
    Place(Limits& limits, Api api, std::string account)
        : limits_(limits), api_(api), account_(std::move(account)) {}
    ~Place() { limits_.end(api_, account_); }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;

private:
    Limits& limits_;
    Api api_;
    std::string account_;
};

void write_violations(json::Writer& writer, const moysklad::Violations& violations) {
    writer.begin_object()
        .member("late_events", violations.late_events)
        .member("overwrites", violations.overwrites)
        .member("link_doubles", violations.link_doubles)
        .member("all", violations.all())
        .end_object();
}

struct Click {
    std::string account, url, source, destination, uid, key;
};

base::Result<Click> click_of(const std::string& body) {
    const auto document = json::parse(body);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    Click click;
    click.account = reader.required_string("account");
    click.url = reader.required_string("url");
    click.source = reader.required_string("srcNumber");
    click.destination = reader.required_string("destNumber");
    click.uid = reader.optional_string("uid").value_or("ivan@example");
    click.key = reader.optional_string("key").value_or("sandbox-moysklad-phone-" + click.account);
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return click;
}

std::string signature_of(const Click& click) {
    auto hex =
        crypto::to_hex(crypto::md5(click.key + click.source + click.destination + click.uid));
    std::ranges::transform(hex, hex.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return hex;
}

httpc::Request request_for(const Click& click) {
    json::Writer writer;
    writer.begin_object()
        .member("srcNumber", click.source)
        .member("destNumber", click.destination)
        .member("uid", click.uid)
        .end_object();
    httpc::Request request;
    request.method = "POST";
    request.url = click.url;
    request.body = writer.take();
    request.headers = {
        {"Content-Type", "application/json"}, {"Lognex-Content-MD5", signature_of(click)}
    };
    request.timeout = std::chrono::seconds(8);
    request.peer = "click-to-call";
    return request;
}

}  // namespace

httpd::Handler moysklad_method(State& state, Api api) {
    return [&state, api](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto account = account_of(request, api);
        const auto asked = request_of(request, api);
        auto record = record_of(request, account.value_or(""));
        auto& limits = state.moysklad.limits;
        const auto breach = account ? limits.begin(api, *account) : Limits::Breach::none;
        std::optional<Place> place;
        if (account) {
            place.emplace(limits, api, *account);
        }
        Answer answer;
        std::function<ApiAnswer()> act = [&]() -> ApiAnswer {
            if (const auto problem = MoyskladApi::problem_of_headers(asked)) {
                answer = *problem;
            } else if (!account) {
                answer = moysklad::error(401, 1056, "Ошибка аутентификации: неверный ключ");
            } else if (breach != Limits::Breach::none) {
                answer = refusal(limits, api, *account, breach);
            } else {
                answer = state.moysklad.call(*account, asked);
            }
            return {.status = answer.status, .body = answer.body, .retry_after = std::nullopt};
        };
        auto response = co_await act_with_faults(state, std::move(record), std::move(act));
        // A fault may have put another answer in the place of the one that was made.
        const bool is_own = response.status == answer.status && response.body == answer.body;
        response = packed(std::move(response), is_own ? answer : Answer{});
        if (account && api == Api::remap) {
            add_window(response, limits.window_of(api, *account));
        }
        co_return response;
    };
}

httpd::Handler get_moysklad(State& state) {
    return [&state](const httpd::Request&) -> asio::awaitable<httpd::Response> {
        json::Writer writer;
        writer.begin_object().key("accounts").begin_object();
        for (const auto& [name, calls] : state.moysklad.accounts()) {
            writer.key(name).begin_object().key("calls").begin_array();
            for (const auto& call : calls.all()) {
                moysklad::write_call(writer, call);
            }
            writer.end_array().key("violations");
            write_violations(writer, calls.violations());
            writer.end_object();
        }
        writer.end_object().key("limits");
        moysklad::write_limits(writer, state.moysklad.limits);
        writer.end_object();
        co_return httpd::Response::json(writer.take());
    };
}

httpd::Handler set_moysklad(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        json::Reader reader(document->root());
        const auto second = reader.optional_string("second_post").value_or("refused");
        if (second != "refused" && second != "stored") {
            reader.fail("second_post", "must be refused or stored");
        }
        if (const auto finished = reader.finish(); !finished) {
            co_return httpd::to_response(finished.error());
        }
        if (const auto view = document->root().find("limits")) {
            const auto settings = moysklad::limits_from_json(*view);
            if (!settings) {
                co_return httpd::to_response(settings.error());
            }
            state.moysklad.limits.set(*settings);
        }
        state.moysklad.second_post =
            second == "stored" ? moysklad::SecondPost::stored : moysklad::SecondPost::refused;
        co_return httpd::Response::json(R"({"status":"ok"})");
    };
}

httpd::Handler click_in_moysklad(State& state) {
    return [&state](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto click = click_of(request.body);
        if (!click) {
            co_return httpd::to_response(click.error());
        }
        auto sent = request_for(*click);
        Record record;
        record.api = "moysklad";
        record.account = click->account;
        record.method = "click-to-call";
        record.parameters = {{"body", sent.body}};
        const auto outcome = co_await state.http->send(std::move(sent));
        record.status = outcome ? outcome->status : 0;
        record.answer = outcome ? outcome->body : base::describe(outcome.error().error);
        json::Writer writer;
        writer.begin_object()
            .member("status", record.status)
            .member("answer", record.answer)
            .end_object();
        state.record(std::move(record));
        co_return httpd::Response::json(writer.take());
    };
}

}  // namespace trunkline::sandbox
