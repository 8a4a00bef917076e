#include "oauth.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

#include "base/text.hpp"
#include "httpc/url.hpp"

namespace trunkline::bitrix24 {
namespace {

using connector::Verdict;

constexpr std::string_view public_server = "https://oauth.bitrix.info";
/// A portal is believed only these: the client's secret goes there.
constexpr std::array<std::string_view, 2> own_hosts{"oauth.bitrix.info", "oauth.bitrix24.tech"};
constexpr auto limit = std::chrono::milliseconds(10'000);

std::string text_of(json::View root, std::string_view name) {
    const auto member = root.find(name);
    return member ? std::string(member->scalar_text().value_or("")) : std::string();
}

Verdict refusal_of(const std::string& code) {
    const auto name = base::to_lower_ascii(code);
    const auto detail = "Bitrix24 gives no new token: " + code;
    if (name == "invalid_grant" || name == "wrong_client") {
        return Verdict::refused(detail, "reinstall the application in the portal");
    }
    if (name == "invalid_client") {
        return Verdict::refused(detail, "check client_id and client_secret");
    }
    if (name == "payment_required") {
        return Verdict::refused(detail, "the portal's plan has no REST API any more");
    }
    return Verdict::refused(detail, "check client_id, client_secret, or reinstall the application");
}

std::int64_t now_seconds() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

}  // namespace

std::string oauth_server(const std::string& server_endpoint, const std::string& configured) {
    const auto named = httpc::Url::parse(server_endpoint);
    const bool is_own = named && named->is_tls() && named->is_default_port() &&
                        std::ranges::find(own_hosts, named->host) != own_hosts.end();
    // An operator who names a server of his own means it.
    return is_own && configured == public_server ? named->origin() : configured;
}

httpc::Request refresh_request(
    const std::string& server, const Client& client, const std::string& refresh_token
) {
    httpc::Request request;
    request.url = server;
    while (request.url.ends_with('/')) {
        request.url.pop_back();
    }
    request.url +=
        "/oauth/token/?grant_type=refresh_token&client_id=" + base::percent_encode(client.id) +
        "&client_secret=" + base::percent_encode(client.secret) +
        "&refresh_token=" + base::percent_encode(refresh_token);
    request.headers.emplace_back("Accept", "application/json");
    request.timeout = limit;
    request.peer = "bitrix24-oauth";
    return request;
}

std::expected<TokenPair, connector::Verdict> pair_in(const httpc::Response& response) {
    const auto document = connector::body_of(response);
    const auto status = std::to_string(response.status);
    if (response.status >= 500 || response.status == 429 || !document ||
        !document->root().is_object()) {
        return std::unexpected(Verdict::failed("Bitrix24's token server answered " + status));
    }
    const auto root = document->root();
    // An error may come with status 200.
    if (const auto code = text_of(root, "error"); !code.empty() || response.status >= 400) {
        return std::unexpected(refusal_of(code.empty() ? status : code));
    }
    TokenPair pair;
    pair.access = text_of(root, "access_token");
    pair.refresh = text_of(root, "refresh_token");
    if (pair.access.empty() || pair.refresh.empty()) {
        return std::unexpected(Verdict::failed("Bitrix24's token server gave no pair"));
    }
    const auto expires = root.find("expires");
    constexpr std::int64_t usual_life = 3600;
    const auto told = expires ? expires->integer() : std::nullopt;
    pair.expires = told.value_or(now_seconds() + usual_life);
    return pair;
}

}  // namespace trunkline::bitrix24
