#include "recording_source.hpp"

#include <algorithm>
#include <map>
#include <utility>

#include "base/log.hpp"
#include "base/text.hpp"
#include "httpc/url.hpp"
#include "httpd/http_date.hpp"
#include "httpd/problem.hpp"
#include "upstream_content.hpp"

namespace trunkline::ingest {

struct RecordingSource::State : std::enable_shared_from_this<RecordingSource::State> {
    State(httpc::Client& client_in, std::filesystem::path folder_in, Limits limits_in)
        : client(client_in), folder(std::move(folder_in)), limits(limits_in) {}

    httpc::Client& client;
    std::filesystem::path folder;
    Limits limits;
    base::Logger logger{"recordings"};
    std::size_t fetching = 0;
    std::map<std::string, std::size_t> fetching_of;  ///< By enterprise.

    /// One answer that may be whole, in the making or being sent; null if there are too many. One
    /// enterprise's slow server must not take the places of the others.
    std::shared_ptr<void> take_place(const std::string& enterprise);
};

std::shared_ptr<void> RecordingSource::State::take_place(const std::string& enterprise) {
    auto& own = fetching_of[enterprise];
    if (fetching >= limits.wholes || own >= limits.wholes_of_one) {
        return nullptr;
    }
    ++fetching;
    ++own;
    return {this, [self = shared_from_this(), enterprise](void*) {
                --self->fetching;
                if (--self->fetching_of[enterprise] == 0) {
                    self->fetching_of.erase(enterprise);
                }
            }};
}

namespace {

constexpr auto look_again_after = std::chrono::seconds(30);

/// The one table from what went wrong elsewhere to our answer. The address is nobody's business.
httpd::Response problem_of(const base::Error& error) {
    switch (error.code) {
        case base::Errc::timeout:
            return httpd::problem(504, "", "The recording's server did not answer in time.");
        case base::Errc::forbidden:
        case base::Errc::invalid_input:
            return httpd::problem(
                502, "", "The recording's address may not be called; the log says why."
            );
        case base::Errc::too_large:
            return httpd::problem(502, "", "The recording is larger than is passed on.");
        case base::Errc::rate_limited:
            return httpd::with_retry_after(
                httpd::problem(503, "", "Too many recordings are being fetched; try again."),
                std::chrono::seconds(5)
            );
        default:
            return httpd::problem(502, "", "The recording's server does not give it out.");
    }
}

httpc::Request request_for(
    const std::string& url, std::uint64_t offset, std::uint64_t length, std::size_t most
) {
    httpc::Request request;
    request.url = url;
    request.headers.emplace_back("Range", range_header(offset, length));
    request.tenant_given = true;
    request.retry_safe = true;
    request.max_tries = 2;
    request.max_response_bytes = most;
    request.peer = "recordings";
    return request;
}

/// Fetched piece by piece. Holds the first one, which came with the facts.
class Pieces final : public httpd::Content {
public:
    Pieces(
        httpc::Client& client,
        RecordingSource::Limits limits,
        std::string url,
        UpstreamFacts facts,
        std::string first,
        std::optional<std::time_t> modified
    )
        : client_(client),
          limits_(limits),
          url_(std::move(url)),
          facts_(std::move(facts)),
          first_(std::move(first)),
          modified_(modified) {}

    std::uint64_t size() const override { return facts_.size; }
    std::string etag() const override { return facts_.etag; }
    std::optional<std::time_t> modified() const override { return modified_; }

    asio::awaitable<base::Result<std::string>> read(std::uint64_t offset, std::size_t most)
        override {
        if (offset < first_.size()) {
            co_return first_.substr(offset, most);
        }
        const auto length = std::min<std::uint64_t>({most, limits_.piece, facts_.size - offset});
        auto request = request_for(url_, offset, length, limits_.piece);
        request.timeout = limits_.timeout;
        auto outcome = co_await client_.send(std::move(request));
        if (!outcome) {
            co_return std::unexpected(std::move(outcome.error().error));
        }
        const auto checked = check_piece(*outcome, facts_, offset, length);
        if (!checked) {
            co_return std::unexpected(checked.error());
        }
        co_return std::move(outcome->body);
    }

private:
    httpc::Client& client_;
    RecordingSource::Limits limits_;
    std::string url_;
    UpstreamFacts facts_;
    std::string first_;
    std::optional<std::time_t> modified_;
};

/// In memory as a whole; counts itself as long as it lives.
class Whole final : public httpd::Content {
public:
    Whole(
        std::string bytes,
        std::string etag,
        std::optional<std::time_t> modified,
        std::shared_ptr<void> place
    )
        : bytes_(std::move(bytes)),
          etag_(std::move(etag)),
          modified_(modified),
          place_(std::move(place)) {}

    std::uint64_t size() const override { return bytes_.size(); }
    std::string etag() const override { return etag_; }
    std::optional<std::time_t> modified() const override { return modified_; }
    asio::awaitable<base::Result<std::string>> read(std::uint64_t offset, std::size_t most)
        override {
        co_return bytes_.substr(offset, most);
    }

private:
    std::string bytes_;
    std::string etag_;
    std::optional<std::time_t> modified_;
    std::shared_ptr<void> place_;
};

std::string type_of(const std::string& url, const httpc::Response& response) {
    const auto path = url.substr(0, url.find_first_of("?#"));
    if (const auto by_name = recordings::content_type(path); !by_name.empty()) {
        return std::string(by_name);
    }
    const auto told = response.header("Content-Type");
    // Nothing that a browser would run may come through us.
    return told.starts_with("audio/") ? std::string(told) : "application/octet-stream";
}

RecordingSource::Opened failed(const base::Error& error) { return {problem_of(error), false, {}}; }

base::Error not_given(unsigned status) {
    return {
        .code = base::Errc::unavailable,
        .detail = "its server answered " + std::to_string(status),
        .fields = {},
        .native = {},
    };
}

base::Error error_of(base::Errc code, std::string detail) {
    return {.code = code, .detail = std::move(detail), .fields = {}, .native = {}};
}

void dress(
    httpd::Response& response, const RecordedCall& call, std::string type, std::string_view ending
) {
    if (response.header("Content-Type").empty()) {
        response.add_header("Content-Type", std::move(type));
        response.add_header("X-Content-Type-Options", "nosniff");
    }
    // Of the uuid alone: the exchange's own name may hold anything.
    const auto name = call.facts.uuid + (ending.empty() ? "" : "." + std::string(ending));
    response.add_header("Content-Disposition", "inline; filename=\"" + name + "\"");
    // To be asked about each time, so that a revoked link stops at once.
    response.add_header("Cache-Control", "private, no-cache");
}

}  // namespace

httpd::Response not_there_yet() {
    return httpd::with_retry_after(
        httpd::problem(404, "", "The call is known, its recording is not there yet."),
        look_again_after
    );
}

RecordingSource::RecordingSource(httpc::Client& client, std::filesystem::path folder, Limits limits)
    : state_(std::make_shared<State>(client, std::move(folder), limits)) {}

RecordingSource::RecordingSource(httpc::Client& client, std::filesystem::path folder)
    : RecordingSource(client, std::move(folder), Limits{}) {}

RecordingSource::~RecordingSource() = default;

asio::awaitable<RecordingSource::Opened> RecordingSource::open(
    RecordedCall call, bool head, bool from_start
) {
    auto file = open_file(call);
    if (file.is_there) {
        co_return file;
    }
    const auto known = recordings::parse_location(call.location);
    std::string url;
    if (!known.is_file && !known.text.empty()) {
        url = known.text;
    } else if (!call.url_template.empty()) {
        const auto filled = recordings::fill_template(call.url_template, call.facts);
        if (!filled) {
            state_->logger.error(
                "{}: {}", call.facts.enterprise_number, base::describe(filled.error())
            );
            co_return failed(filled.error());
        }
        url = *filled;
    }
    if (url.empty()) {
        co_return Opened{not_there_yet(), false, {}};
    }
    co_return co_await open_address(std::move(call), std::move(url), head || !from_start);
}

RecordingSource::Opened RecordingSource::open_file(const RecordedCall& call) const {
    const auto known = recordings::parse_location(call.location);
    if (state_->folder.empty() || (!known.is_file && !known.text.empty())) {
        return {};
    }
    const auto own = call.facts.enterprise_number + "/";
    std::vector<std::string> paths;
    if (known.is_file && recordings::is_safe_part(call.facts.enterprise_number)) {
        paths.push_back(own + known.text);
    }
    for (auto& path : recordings::candidate_paths(call.facts)) {
        paths.push_back(std::move(path));
    }
    for (const auto& path : paths) {
        const auto type = recordings::content_type(path);
        auto response = httpd::Response::file_in(state_->folder, path, std::string(type));
        // An empty one is being written.
        if (type.empty() || !response.opened_file || response.size() == 0) {
            continue;
        }
        dress(response, call, std::string(type), recordings::ending(path));
        return {std::move(response), true, "file:" + path.substr(own.size())};
    }
    return {};
}

asio::awaitable<RecordingSource::Opened> RecordingSource::open_address(
    RecordedCall call, std::string url, bool probe
) {
    const auto state = state_;
    const auto& limits = state->limits;
    // Taken before it is known: the answer may turn out to be whole.
    const auto place = state->take_place(call.facts.enterprise_number);
    if (!place) {
        co_return failed(error_of(base::Errc::rate_limited, ""));
    }
    const std::uint64_t length = probe ? 1 : limits.piece;
    auto request = request_for(url, 0, length, limits.largest_whole);
    request.timeout = limits.timeout;
    auto outcome = co_await state->client.send(std::move(request));
    if (!outcome) {
        const auto& error = outcome.error().error;
        state->logger.warning(
            "{}: the recording of {} cannot be fetched: {}",
            call.facts.enterprise_number,
            call.facts.uuid,
            base::describe(error)
        );
        co_return failed(error);
    }
    const auto range = parse_content_range(outcome->header("Content-Range"));
    const bool is_empty = (outcome->status == 416 && range && range->size == 0) ||
                          (outcome->status == 200 && outcome->body.empty());
    if (outcome->status == 404 || outcome->status == 410 || is_empty) {
        co_return Opened{not_there_yet(), false, {}};
    }
    Opened opened;
    opened.location = url;
    const auto type = type_of(url, *outcome);
    const auto ending = recordings::ending(url.substr(0, url.find_first_of("?#")));
    if (outcome->status == 200) {
        const auto facts = facts_of(*outcome, outcome->body.size());
        opened.response.fetched = std::make_shared<Whole>(
            std::move(outcome->body), facts.etag, httpd::parse_http_date(facts.modified), place
        );
    } else if (outcome->status == 206 && range && range->size <= limits.largest) {
        auto facts = facts_of(*outcome, range->size);
        const auto checked = check_piece(*outcome, facts, 0, length);
        if (!checked) {
            co_return failed(checked.error());
        }
        const auto modified = httpd::parse_http_date(facts.modified);
        opened.response.fetched = std::make_shared<Pieces>(
            state->client, limits, url, std::move(facts), std::move(outcome->body), modified
        );
    } else {
        const auto error = range && range->size > limits.largest
                               ? error_of(base::Errc::too_large, "it is too large")
                               : not_given(outcome->status);
        state->logger.warning(
            "{}: the recording of {}: {}",
            call.facts.enterprise_number,
            call.facts.uuid,
            error.detail
        );
        co_return failed(error);
    }
    opened.is_there = true;
    dress(opened.response, call, type, ending);
    co_return opened;
}

}  // namespace trunkline::ingest
