#include "connector/verdict.hpp"

#include <charconv>
#include <utility>

#include "base/text.hpp"

namespace trunkline::connector {
namespace {

Verdict verdict(Verdict::Kind kind, std::string detail, std::string mend = {}) {
    Verdict out;
    out.kind = kind;
    out.detail = std::move(detail);
    out.mend = std::move(mend);
    return out;
}

Answer answer(Answer::Result result, std::string detail) {
    return {.result = result, .detail = std::move(detail), .mend = "", .retry_after = std::nullopt};
}

}  // namespace

Verdict Verdict::accepted(std::string detail) { return verdict(Kind::accepted, std::move(detail)); }

Verdict Verdict::repeated(std::string detail) {
    auto out = verdict(Kind::accepted, std::move(detail));
    out.is_repeat = true;
    return out;
}

Verdict Verdict::absent(std::string detail) { return verdict(Kind::absent, std::move(detail)); }

Verdict Verdict::busy(std::string detail, std::optional<std::chrono::milliseconds> retry_after) {
    auto out = verdict(Kind::busy, std::move(detail));
    out.retry_after = retry_after;
    return out;
}

Verdict Verdict::failed(std::string detail) { return verdict(Kind::failed, std::move(detail)); }

Verdict Verdict::expired(std::string detail) { return verdict(Kind::expired, std::move(detail)); }

Verdict Verdict::refused(std::string detail, std::string mend) {
    return verdict(Kind::refused, std::move(detail), std::move(mend));
}

base::Result<json::Document> body_of(const httpc::Response& response) {
    return json::parse(response.body, {.max_bytes = std::size_t{1} << 20, .max_depth = 32});
}

std::optional<std::chrono::milliseconds> retry_after_of(const httpc::Response& response) {
    const auto text = base::trim(response.header("Retry-After"));
    int seconds = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (text.empty() || parsed.ec != std::errc{} || seconds < 0) {
        return std::nullopt;
    }
    return std::chrono::seconds(seconds);
}

Answer done(std::string detail) { return answer(Answer::Result::done, std::move(detail)); }

Answer duplicate(std::string detail) {
    return answer(Answer::Result::duplicate, std::move(detail));
}

Answer ignored(std::string detail) { return answer(Answer::Result::ignored, std::move(detail)); }

Answer retry(std::string detail, std::optional<std::chrono::milliseconds> after) {
    auto out = answer(Answer::Result::retry, std::move(detail));
    out.retry_after = after;
    return out;
}

Answer retry_this_call(std::string detail, std::chrono::milliseconds after) {
    auto out = retry(std::move(detail), after);
    out.only_this_call = true;
    return out;
}

Answer permanent(std::string detail, std::string mend) {
    auto out = answer(Answer::Result::permanent, std::move(detail));
    out.mend = std::move(mend);
    return out;
}

Answer answer_of(const Verdict& verdict) {
    using enum Verdict::Kind;
    switch (verdict.kind) {
        case accepted:
            return verdict.is_repeat ? duplicate(verdict.detail) : done(verdict.detail);
        case absent:
        case refused:
            return permanent(verdict.detail, verdict.mend);
        case busy:
        case failed:
        case expired:
            break;
    }
    return retry(verdict.detail, verdict.retry_after);
}

Answer answer_of(const base::Error& error) { return retry(base::describe(error)); }

bool is_settled(const Answer& answer) {
    return answer.result == Answer::Result::done || answer.result == Answer::Result::duplicate ||
           answer.result == Answer::Result::ignored;
}

}  // namespace trunkline::connector
