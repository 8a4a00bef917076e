#include "answers.hpp"

#include <algorithm>
#include <charconv>

#include "base/text.hpp"

namespace trunkline::moysklad {
namespace {

using connector::Verdict;

constexpr std::size_t kept = 300;
constexpr int not_unique = 3006;

struct Problem {
    std::int64_t code = 0;
    std::string text;
};

/// The first of `errors`. Only `error` is sure to be there.
Problem problem_in(const httpc::Response& response) {
    Problem problem;
    const auto document = connector::body_of(response);
    const auto errors = document ? document->root().find("errors") : std::nullopt;
    if (!errors || errors->size() == 0) {
        return problem;
    }
    const auto first = (*errors)[0];
    if (const auto code = first.find("code")) {
        problem.code = code->integer().value_or(0);
    }
    if (const auto text = first.find("error")) {
        problem.text = std::string(text->scalar_text().value_or("")).substr(0, kept);
    }
    return problem;
}

std::string told(const httpc::Response& response, const Problem& problem) {
    auto text = "MoySklad answered " + std::to_string(response.status);
    if (problem.code != 0) {
        text += " (" + std::to_string(problem.code) + ")";
    }
    return base::replace_invalid_utf8(problem.text.empty() ? text : text + ": " + problem.text);
}

std::string mend_for(unsigned status, std::int64_t code) {
    switch (code) {
        case 1056:
            return "check the key: it was made anew or belongs to another account";
        case 1061:
            return "access by API is switched off for this account or user: switch it on in "
                   "MoySklad";
        case 55008:
            return "install the solution \"Phone API\" in MoySklad, then give its key";
        default:
            break;
    }
    if (status == 401 || status == 403) {
        return "check the key and the rights of its user in MoySklad";
    }
    if (status == 415) {
        return "a defect of ours: gzip was not offered";
    }
    return {};
}

std::optional<std::int64_t> whole_number(const httpc::Response& response, std::string_view name) {
    const auto text = base::trim(response.header(name));
    std::int64_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    return text.empty() || parsed.ec != std::errc{} || number < 0 ? std::nullopt
                                                                  : std::optional(number);
}

/// MoySklad's own headers, in milliseconds; it does not know the standard Retry-After.
std::optional<std::chrono::milliseconds> wait_told_in(const httpc::Response& response) {
    for (const auto* name : {"X-Lognex-Retry-After", "X-Lognex-Reset"}) {
        if (const auto wait = whole_number(response, name)) {
            return std::chrono::milliseconds(*wait);
        }
    }
    return std::nullopt;
}

}  // namespace

Verdict judge(const httpc::Response& response) {
    const auto status = response.status;
    if (status == 204) {
        return Verdict::accepted();
    }
    if (status >= 200 && status < 300) {
        const auto document = connector::body_of(response);
        return document && document->root().is_object()
                   ? Verdict::accepted()
                   : Verdict::failed(told(response, {}) + " without JSON");
    }
    const auto problem = problem_in(response);
    auto detail = told(response, problem);
    if (status == 429) {
        return Verdict::busy(std::move(detail), wait_told_in(response));
    }
    if (status >= 500) {
        auto failed = Verdict::failed(std::move(detail));
        failed.retry_after = wait_told_in(response);
        return failed;
    }
    if (status == 404) {
        return Verdict::absent(std::move(detail));
    }
    return Verdict::refused(std::move(detail), mend_for(status, problem.code));
}

std::optional<std::chrono::milliseconds> pause_after(
    const httpc::Response& response, unsigned cost
) {
    constexpr auto longest = std::chrono::milliseconds(3'000);
    const auto remaining = whole_number(response, "X-RateLimit-Remaining");
    if (!remaining || *remaining >= cost) {
        return std::nullopt;
    }
    const auto interval = whole_number(response, "X-Lognex-Retry-TimeInterval");
    const auto told =
        wait_told_in(response).value_or(std::chrono::milliseconds(interval.value_or(longest.count())
        ));
    return std::min(told, longest);
}

bool says_not_unique(const httpc::Response& response) {
    return response.status == 412 && problem_in(response).code == not_unique;
}

std::optional<Stored> stored_in(const httpc::Response& response) {
    const auto document = connector::body_of(response);
    if (!document || !document->root().is_object()) {
        return std::nullopt;
    }
    const auto root = document->root();
    const auto has = [&](std::string_view name) {
        const auto member = root.find(name);
        return member && !member->is_null();
    };
    Stored stored;
    if (const auto extension = root.find("extension")) {
        stored.extension = extension->scalar_text().value_or("");
    }
    stored.has_end = has("endTime");
    stored.has_duration = has("duration");
    if (const auto start = root.find("startTime")) {
        stored.started = time_of_moment(start->scalar_text().value_or(""));
    }
    if (const auto links = root.find("recordUrl")) {
        for (const auto link : links->elements()) {
            stored.links.emplace_back(link.scalar_text().value_or(""));
        }
    }
    return stored;
}

}  // namespace trunkline::moysklad
