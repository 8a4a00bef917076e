#include "poll_answer.hpp"

#include <algorithm>
#include <string_view>

#include "base/text.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::telegram {
namespace {

constexpr json::Limits answer_limits{.max_bytes = std::size_t{8} << 20, .max_depth = 64};
constexpr auto quick = std::chrono::milliseconds(1'000);
constexpr auto empty_pause = std::chrono::milliseconds(500);

PollAnswer of(PollAnswer::Kind kind, std::string reason) {
    PollAnswer answer;
    answer.kind = kind;
    answer.reason = std::move(reason);
    return answer;
}

std::string description_of(json::View root) {
    const auto member = root.find("description");
    return member ? std::string(member->string().value_or("")) : std::string();
}

std::int64_t retry_after_of(json::View root) {
    const auto parameters = root.find("parameters");
    const auto seconds = parameters ? parameters->find("retry_after") : std::nullopt;
    return seconds ? seconds->integer().value_or(1) : 1;
}

PollAnswer refusal(unsigned status, json::View root) {
    using Kind = PollAnswer::Kind;
    auto description = description_of(root);
    const auto text = base::to_lower_ascii(description);
    if (status == 429) {
        auto answer = of(Kind::wait, std::move(description));
        answer.retry_after =
            std::chrono::seconds(std::clamp<std::int64_t>(retry_after_of(root), 1, 3600));
        return answer;
    }
    if (status == 409) {
        const bool is_webhook = text.find("webhook") != std::string::npos;
        return of(is_webhook ? Kind::webhook : Kind::conflict, std::move(description));
    }
    const bool is_wrong = status == 401 || status == 404;
    return of(is_wrong ? Kind::stop : Kind::retry, std::to_string(status) + " " + description);
}

}  // namespace

json::Elements PollAnswer::updates() const {
    // NOLINTNEXTLINE(bugprone-unchecked-optional-access): there is one in what is of Kind::updates.
    return document.root().find("result")->elements();
}

PollAnswer read_poll_answer(const httpc::Outcome& outcome) {
    using Kind = PollAnswer::Kind;
    if (!outcome) {
        const auto& error = outcome.error().error;
        const bool is_large = error.code == base::Errc::too_large;
        return of(is_large ? Kind::too_large : Kind::retry, base::describe(error));
    }
    auto document = json::parse(outcome->body, answer_limits);
    if (!document || !document->root().is_object()) {
        return of(
            Kind::retry, "Telegram answered " + std::to_string(outcome->status) + " without JSON"
        );
    }
    const auto ok = document->root().find("ok");
    const auto result = document->root().find("result");
    if (!ok || !ok->boolean().value_or(false)) {
        return refusal(outcome->status, document->root());
    }
    if (!result || !result->is_array()) {
        return of(Kind::retry, "Telegram answered getUpdates without a list");
    }
    PollAnswer answer;
    answer.kind = Kind::updates;
    answer.document = std::move(*document);
    return answer;
}

std::chrono::milliseconds pause_after(std::size_t updates, std::chrono::milliseconds took) {
    return updates == 0 && took < quick ? empty_pause : std::chrono::milliseconds(0);
}

std::string webhook_secret(const std::string& bot_token, const std::string& hook_key) {
    return crypto::to_hex(crypto::hmac_sha256(bot_token, "trunkline webhook " + hook_key));
}

}  // namespace trunkline::telegram
