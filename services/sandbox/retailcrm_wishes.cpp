#include "retailcrm_wishes.hpp"

#include <functional>
#include <utility>

#include "base/text.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"
#include "retailcrm_modules.hpp"

namespace trunkline::sandbox {
namespace {

using retailcrm::Modules;
using retailcrm::Place;

constexpr auto patience = std::chrono::milliseconds(8'000);

struct Wish {
    std::string method = "GET";
    std::string url;
    Parameters fields;
};

std::string form_of(const Parameters& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        if (!value.empty()) {
            text += (text.empty() ? "" : "&") + base::percent_encode(name) + "=" +
                    base::percent_encode(value);
        }
    }
    return text;
}

httpc::Request request_of(const Wish& wish) {
    httpc::Request request;
    request.method = wish.method;
    request.url = wish.url;
    if (wish.method == "GET") {
        request.url += "?" + form_of(wish.fields);
    } else {
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        request.body = form_of(wish.fields);
    }
    request.timeout = patience;
    request.peer = "webhook";
    return request;
}

/// Fills the wish from the order and the module's place; what is wrong with the order is the
/// reader's.
using Fill = std::function<void(json::Reader&, const Place&, const Modules&, Wish&)>;

httpd::Handler ask_telephony(State& state, Fill fill) {
    return [&state, fill = std::move(fill)](const httpd::Request& request
           ) -> asio::awaitable<httpd::Response> {
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        json::Reader reader(document->root());
        const auto name = reader.required_string("account");
        const auto account = state.retailcrm.accounts().find(name);
        const auto place = account == state.retailcrm.accounts().end()
                               ? std::nullopt
                               : retailcrm::place_of(account->second.modules);
        Wish wish;
        wish.method = reader.optional_string("method").value_or("GET");
        if (wish.method != "GET" && wish.method != "POST") {
            reader.fail("method", "must be GET or POST");
        }
        wish.fields["clientId"] =
            reader.optional_string("client_id").value_or(place ? place->client_id : "");
        if (place) {
            fill(reader, *place, account->second.modules, wish);
        }
        if (const auto finished = reader.finish(); !finished) {
            co_return httpd::to_response(finished.error());
        }
        if (!place) {
            co_return httpd::problem(409, "", "no telephony is registered with this account");
        }
        auto order = request_of(wish);
        const auto outcome = co_await state.http->send(std::move(order));
        json::Writer writer;
        writer.begin_object()
            .member("status", outcome ? outcome->status : 0)
            .member("answer", outcome ? outcome->body : base::describe(outcome.error().error))
            .end_object();
        co_return httpd::Response::json(writer.take());
    };
}

void add_user(json::Reader& reader, const Modules& modules, Wish& wish) {
    const auto user = reader.required_integer("user_id");
    wish.fields["userId"] = std::to_string(user);
    wish.fields["code"] =
        reader.optional_string("code").value_or(retailcrm::code_of(modules, user));
}

}  // namespace

httpd::Handler click_in_retailcrm(State& state) {
    return ask_telephony(
        state,
        [](json::Reader& reader, const Place& place, const Modules& modules, Wish& wish) {
            wish.url = place.make_call_url;
            add_user(reader, modules, wish);
            wish.fields["phone"] = reader.required_string("phone");
            wish.fields["externalPhone"] = reader.optional_string("external_phone").value_or("");
        }
    );
}

httpd::Handler change_retailcrm_status(State& state) {
    return ask_telephony(
        state,
        [](json::Reader& reader, const Place& place, const Modules& modules, Wish& wish) {
            wish.url = place.change_user_status_url;
            add_user(reader, modules, wish);
            wish.fields["status"] = reader.required_string("status");
        }
    );
}

httpd::Handler switch_retailcrm_module(State& state) {
    return ask_telephony(
        state,
        [&state](json::Reader& reader, const Place& place, const Modules&, Wish& wish) {
            const bool active = reader.required_bool("active");
            wish.method = "POST";
            wish.url = place.activity_url;
            wish.fields["activity"] =
                std::string(R"({"active":)") + (active ? "true" : "false") + R"(,"freeze":false})";
            const auto account = reader.required_string("account");
            state.retailcrm.set_active(account, place.code, active);
        }
    );
}

}  // namespace trunkline::sandbox
