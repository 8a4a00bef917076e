#include "click_to_call.hpp"

#include <algorithm>
#include <utility>

#include "account.hpp"
#include "base/log.hpp"
#include "call/number.hpp"
#include "connector/call_facts.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"
#include "httpd/problem.hpp"
#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::moysklad {
namespace {

base::Logger logger() { return base::Logger("moysklad"); }

std::string upper_hex_md5(const std::string& text) {
    auto hex = crypto::to_hex(crypto::md5(text));
    std::ranges::transform(hex, hex.begin(), [](char c) {
        return c >= 'a' && c <= 'f' ? static_cast<char>(c - 'a' + 'A') : c;
    });
    return hex;
}

/// Nothing is wrong with the request when no exchange is there to take the call.
httpd::Response refusal(const base::Error& error) {
    if (error.code == base::Errc::not_found) {
        return httpd::problem(503, "", "the call cannot be placed: " + error.detail);
    }
    return httpd::to_response(error);
}

}  // namespace

base::Result<Click> click_in(json::View body) {
    json::Reader reader(body);
    Click click;
    click.extension = reader.required_string("srcNumber");
    click.phone = reader.required_string("destNumber");
    click.uid = reader.required_string("uid");
    for (const auto& [name, value] : body.members()) {
        if (name != "srcNumber" && name != "destNumber" && name != "uid") {
            reader.fail(name, "is not part of a click");
        }
        click.in_order += value.string().value_or("");
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return click;
}

bool is_signed(const Click& click, std::string_view key, std::string_view signature) {
    const std::string secret(key);
    const auto described = upper_hex_md5(secret + click.extension + click.phone + click.uid);
    const auto ordered = upper_hex_md5(secret + click.in_order);
    // Both are computed and compared whatever the first says.
    const bool is_described = crypto::equal_constant_time(signature, described);
    const bool is_ordered = crypto::equal_constant_time(signature, ordered);
    return is_described || is_ordered;
}

httpd::Handler take_click(const connector::Parts& parts) {
    return [parts](const httpd::Request& request) -> asio::awaitable<httpd::Response> {
        const auto enterprise = parts.directory.by_hook_key(request.param("key"));
        if (!enterprise) {
            co_return httpd::problem(404, "", "no such address");
        }
        const auto account = account_of(*enterprise, parts.secrets);
        if (!account) {
            co_return httpd::problem(403, "", "MoySklad is not configured here");
        }
        const auto signature = request.header("Lognex-Content-MD5");
        if (signature.empty()) {
            co_return httpd::problem(401, "", "Lognex-Content-MD5 is missing");
        }
        const auto document = json::parse(request.body);
        if (!document) {
            co_return httpd::to_response(document.error());
        }
        const auto click = click_in(document->root());
        if (!click) {
            co_return httpd::to_response(click.error());
        }
        if (!is_signed(*click, account->phone_key, signature)) {
            logger().warning("{}: a click with a wrong signature was refused", enterprise->number);
            co_return httpd::problem(403, "", "the signature is wrong");
        }
        connector::PbxGateway::Order order;
        order.enterprise = enterprise->number;
        order.extension = click->extension;
        order.phone = connector::international(click->phone);
        if (order.phone.empty() || call::is_external(order.extension)) {
            co_return httpd::problem(422, "", "srcNumber is no extension or destNumber no number");
        }
        order.requested_by = "moysklad:" + click->uid;
        const auto placed = co_await parts.pbx.place(std::move(order), request.deadline);
        logger().info(
            "{}: click of {} on {} -> {}",
            enterprise->number,
            click->extension,
            click->phone,
            placed ? "placed" : base::describe(placed.error())
        );
        if (!placed) {
            co_return refusal(placed.error());
        }
        json::Writer writer;
        writer.begin_object().member("status", "ok").member("channel", *placed).end_object();
        co_return httpd::Response::json(writer.take());
    };
}

}  // namespace trunkline::moysklad
