#include "session.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <exception>
#include <limits>
#include <utility>

#include "access.hpp"
#include "files.hpp"
#include "forwarded.hpp"
#include "head_rules.hpp"
#include "httpd/problem.hpp"
#include "response_writer.hpp"
#include "streams.hpp"

namespace trunkline::httpd {

namespace {

// A refused request's body up to this size is read and dropped, so that the connection can be kept.
constexpr std::size_t most_skipped = 64UL * 1024;
// Bodies up to this size go out in one piece with their head.
constexpr std::size_t most_joined = 16UL * 1024;
constexpr std::size_t most_idle_bytes = 512;
// Requests that came in one packet are answered in a row, but not at the cost of everybody else.
constexpr unsigned most_in_a_row = 32;
constexpr auto handler_grace = std::chrono::seconds(1);
constexpr auto linger_limit = std::chrono::seconds(1);
constexpr std::size_t most_lingering_bytes = 4UL * 1024 * 1024;
constexpr std::uint64_t send_step = 64UL * 1024;
constexpr std::uint64_t content_piece = 256UL * 1024;

net::Deadline now() { return std::chrono::steady_clock::now(); }

std::string_view skip_line_ends(std::string_view text) {
    return text.substr(std::min(text.find_first_not_of("\r\n"), text.size()));
}

void advance_view(std::string_view& first, std::string_view& second, std::size_t bytes) {
    const auto of_first = std::min(bytes, first.size());
    first.remove_prefix(of_first);
    second.remove_prefix(bytes - of_first);
}

}  // namespace

Session::Session(Context& context, std::unique_ptr<Transport> transport)
    : context_(context),
      transport_(std::move(transport)),
      // Who has just connected is about to ask; only between requests may it take longer.
      idle_deadline_(
          now() + std::min(context.settings().header_timeout, context.settings().idle_timeout)
      ) {
    context_.connections().add(1);
}

Session::~Session() { context_.connections().add(-1); }

asio::awaitable<void> Session::run() {
    unsigned in_a_row = 0;
    while (is_open_ && !aborted_) {
        const bool received = co_await receive();
        if (!received) {
            break;
        }
        co_await answer();
        finish_exchange();
        in_a_row = pending_.empty() ? 0 : in_a_row + 1;
        if (in_a_row == most_in_a_row) {
            in_a_row = 0;
            const auto executor = co_await asio::this_coro::executor;
            co_await asio::post(executor, asio::use_awaitable);
        }
    }
    if (lingers_ && !aborted_) {
        co_await linger();
    }
    transport_->close();
}

asio::awaitable<void> Session::refuse() {
    exchange_ = context_.take_exchange(now());
    exchange_->request.remote = transport_->peer();
    exchange_->keep_alive = false;
    exchange_->has_unread_input = true;
    auto response = problem(503, "", "Too many connections; try again.");
    response.add_header("Retry-After", "1");
    co_await respond(std::move(response));
    finish_exchange();
    if (lingers_ && !aborted_) {
        co_await linger();
    }
    transport_->close();
}

void Session::check(net::Deadline at) {
    if (deadline_ > at) {
        return;
    }
    deadline_ = net::Deadline::max();
    if (phase_ == Phase::handling) {
        canceled_ = true;
        signal_.emit(asio::cancellation_type::terminal);
    } else {
        expired_ = true;
        transport_->interrupt();
    }
}

void Session::drain() {
    if (phase_ == Phase::idle) {
        expired_ = true;
        transport_->interrupt();
    } else if (phase_ == Phase::streaming) {
        canceled_ = true;
        signal_.emit(asio::cancellation_type::terminal);
    }
}

void Session::abort() {
    aborted_ = true;
    canceled_ = true;
    signal_.emit(asio::cancellation_type::terminal);
    if (stop_stream_) {
        stop_stream_();
    }
    transport_->close();
}

asio::awaitable<bool> Session::receive() {
    if (!pending_.empty()) {
        advance({});
    }
    while (!exchange_ || !exchange_->is_ready) {
        if (exchange_ && exchange_->wants_continue &&
            exchange_->reader->state() == RequestReader::State::body) {
            exchange_->wants_continue = false;
            phase_ = Phase::receiving;
            const bool sent = co_await send_all("HTTP/1.1 100 Continue\r\n\r\n", {});
            if (!sent) {
                co_return false;
            }
        }
        if (context_.is_draining && !exchange_) {
            co_return false;
        }
        arm_receive();
        co_await transport_->wait_readable();
        deadline_ = net::Deadline::max();
        if (aborted_) {
            co_return false;
        }
        // A drain interrupts too; what has come in by then is still answered.
        const bool is_drained = context_.is_draining && !exchange_;
        if (expired_ && !is_drained) {
            co_return on_receive_timeout();
        }
        const auto got = transport_->read_some(context_.scratch());
        if (got.status == Transport::Status::closed) {
            co_return false;
        }
        advance(std::string_view(context_.scratch().data(), got.bytes));
    }
    co_return true;
}

void Session::arm_receive() {
    expired_ = false;
    if (!exchange_) {
        phase_ = Phase::idle;
        deadline_ = idle_deadline_;
        return;
    }
    phase_ = Phase::receiving;
    const auto& settings = context_.settings();
    deadline_ = exchange_->reader->state() == RequestReader::State::head
                    ? exchange_->began + settings.header_timeout
                    : exchange_->head_done + settings.body_timeout;
}

bool Session::on_receive_timeout() {
    if (!exchange_) {
        return false;
    }
    const bool in_head = exchange_->reader->state() == RequestReader::State::head;
    exchange_->early = problem(
        408,
        "",
        in_head ? "The request's head did not come in time."
                : "The request's body did not come in time."
    );
    if (in_head) {
        context_.fill_ids(exchange_->request);
    }
    exchange_->keep_alive = false;
    exchange_->has_unread_input = true;
    exchange_->is_ready = true;
    return true;
}

// Takes in what has just been read, behind what was left over. Whatever is not consumed at once is
// copied, since `fresh` is the scratch buffer that all connections share.
void Session::advance(std::string_view fresh) {
    if (!pending_.empty()) {
        pending_.append(fresh);
        fresh = pending_;
    }
    if (!exchange_) {
        // Empty lines ahead of a request: RFC 9112 section 2.2.
        const auto started = skip_line_ends(fresh);
        if (started.empty()) {
            pending_.clear();
            return;
        }
        if (started.size() != fresh.size() && !pending_.empty()) {
            pending_.erase(0, fresh.size() - started.size());
            fresh = pending_;
        } else {
            fresh = started;
        }
        exchange_ = context_.take_exchange(now());
        exchange_->request.remote = transport_->peer();
    }
    const auto used = feed(fresh);
    if (!pending_.empty()) {
        pending_.erase(0, used);
    } else if (used != fresh.size()) {
        pending_.assign(fresh.substr(used));
    }
}

std::size_t Session::feed(std::string_view input) {
    auto& exchange = *exchange_;
    std::size_t used = 0;
    while (!exchange.is_ready) {
        used += exchange.reader->feed(input.substr(used));
        switch (exchange.reader->state()) {
            case RequestReader::State::head:
            case RequestReader::State::body:
                return used;
            case RequestReader::State::head_done:
                decide();
                break;
            case RequestReader::State::complete:
                exchange.is_ready = true;
                break;
            case RequestReader::State::rejected:
                reject_message();
                break;
        }
    }
    return used;
}

void Session::reject_message() {
    auto& exchange = *exchange_;
    if (!exchange.early) {
        const auto& rejection = exchange.reader->rejection();
        exchange.early = problem(rejection.status, "", rejection.detail);
    }
    if (exchange.request.request_id.empty()) {
        context_.fill_ids(exchange.request);
    }
    exchange.keep_alive = false;
    exchange.has_unread_input = true;
    exchange.is_ready = true;
}

// All that can be known from the head is decided before a byte of the body is kept.
void Session::decide() {
    auto& exchange = *exchange_;
    auto& request = exchange.request;
    exchange.head_done = now();
    exchange.keep_alive = exchange.reader->keep_alive();
    request.remote =
        resolve_client(transport_->peer(), request.headers, context_.settings().trusted_proxies);
    context_.fill_ids(request);
    if (const auto wrong = split_target(request)) {
        refuse_early(problem(wrong->status, "", wrong->detail));
        return;
    }
    if (auto refusal = decide_route()) {
        refuse_early(std::move(*refusal));
        return;
    }
    if (auto refusal = decide_access()) {
        refuse_early(std::move(*refusal));
        return;
    }
    if (auto refusal = decide_expectation()) {
        refuse_early(std::move(*refusal));
        return;
    }
    exchange.reader->begin_body(exchange.endpoint->options.body_limit);
}

std::optional<Response> Session::decide_route() {
    auto& request = exchange_->request;
    if (request.path == "*") {
        return Response::empty(204).add_header(
            "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"
        );
    }
    RouteQuery query;
    query.method = request.method;
    query.path = request.path;
    query.wants_websocket =
        exchange_->reader->is_upgrade() && list_has_token(request.header("Upgrade"), "websocket");
    query.wants_events = accepts_event_stream(request.header("Accept"));
    auto match = context_.routes().match(query);
    if (match.endpoint == nullptr) {
        if (!match.path_exists) {
            return problem(404, "", "There is nothing at this path.");
        }
        if (match.websocket_only) {
            return problem(426, "", "This path speaks WebSocket only.")
                .add_header("Upgrade", "websocket")
                .add_header("Sec-WebSocket-Version", "13");
        }
        if (request.method == "OPTIONS") {
            return Response::empty(204).add_header("Allow", match.allow);
        }
        return problem(405, "", "This path does not take " + request.method + ".")
            .add_header("Allow", match.allow);
    }
    exchange_->endpoint = match.endpoint;
    request.route = match.endpoint->pattern;
    for (std::size_t index = 0; index < match.values.size(); ++index) {
        request.params.emplace_back(match.endpoint->names[index], std::move(match.values[index]));
    }
    return std::nullopt;
}

std::optional<Response> Session::decide_access() {
    const auto& request = exchange_->request;
    const auto& endpoint = *exchange_->endpoint;
    const AccessTokens tokens{context_.settings().internal_token, context_.settings().admin_token};
    const auto verdict = judge_access(
        endpoint.options,
        endpoint.pattern,
        tokens,
        request.from_loopback(),
        request.header("Authorization")
    );
    if (verdict == 401) {
        return problem(401, "", "This path asks for a Bearer token.")
            .add_header("WWW-Authenticate", "Bearer");
    }
    if (verdict != 200) {
        return problem(403, "", "This path is not open to you.");
    }
    if (endpoint.kind == Endpoint::Kind::websocket) {
        if (const auto wrong = check_upgrade(request)) {
            return problem(wrong->status, "", wrong->detail)
                .add_header("Sec-WebSocket-Version", "13");
        }
        if (!is_origin_welcome(endpoint.websocket, request)) {
            return problem(403, "", "Pages of this origin may not connect.");
        }
    }
    return std::nullopt;
}

std::optional<Response> Session::decide_expectation() {
    const auto expectation = exchange_->request.header("Expect");
    if (expectation.empty() || !exchange_->reader->is_http_11()) {
        return std::nullopt;
    }
    if (expectation.size() != 12 || !list_has_token(expectation, "100-continue")) {
        return problem(417, "", "The only expectation known here is 100-continue.");
    }
    exchange_->wants_continue = exchange_->reader->has_body();
    return std::nullopt;
}

void Session::refuse_early(Response response) {
    auto& exchange = *exchange_;
    auto& reader = *exchange.reader;
    exchange.early = std::move(response);
    // Who expects "100 Continue" has kept the body back and may or may not send it after a refusal.
    const bool is_kept_back = exchange.request.has_header("Expect");
    if (reader.has_body() && (is_kept_back || reader.announced_length() > most_skipped)) {
        exchange.keep_alive = false;
        exchange.has_unread_input = true;
        exchange.is_ready = true;
        return;
    }
    reader.skip_body(most_skipped);
}

asio::awaitable<void> Session::answer() {
    auto& exchange = *exchange_;
    if (exchange.early) {
        co_await respond(std::move(*exchange.early));
        co_return;
    }
    switch (exchange.endpoint->kind) {
        case Endpoint::Kind::plain: {
            auto response = co_await call_handler();
            co_await respond(std::move(response));
            break;
        }
        case Endpoint::Kind::stream:
        case Endpoint::Kind::websocket:
            co_await serve_stream();
            break;
    }
}

asio::awaitable<Response> Session::call_handler() {
    auto& exchange = *exchange_;
    exchange.request.deadline = now() + exchange.endpoint->options.deadline;
    phase_ = Phase::handling;
    deadline_ = exchange.request.deadline + handler_grace;
    Response response;
    std::string failure;
    bool failed = false;
    try {
        response = co_await exchange.endpoint->handler(exchange.request);
    } catch (const std::exception& error) {
        failed = true;
        failure = error.what();
    } catch (...) {
        failed = true;
        failure = "an exception of an unknown type";
    }
    phase_ = Phase::sending;
    deadline_ = net::Deadline::max();
    if (canceled_) {
        // Not in a coroutine of its own: awaiting one would throw as long as the cancel stands.
        canceled_ = false;
        co_await asio::this_coro::reset_cancellation_state();
        if (failed) {
            context_.logger().warning(
                "{} {} was cut at its deadline, id={}",
                exchange.request.method,
                exchange.request.route,
                exchange.request.request_id
            );
            co_return problem(504, "", "The answer was not ready in time.");
        }
    } else if (failed) {
        context_.logger().error(
            "{} {} failed: {}, id={} trace={}",
            exchange.request.method,
            exchange.request.route,
            failure,
            exchange.request.request_id,
            exchange.request.trace.trace_id
        );
        co_return to_response(base::Error{base::Errc::internal, failure, {}, {}});
    }
    co_return response;
}

asio::awaitable<void> Session::serve_stream() {
    auto& exchange = *exchange_;
    phase_ = Phase::streaming;
    deadline_ = net::Deadline::max();
    exchange.request.deadline = net::Deadline::max();
    StreamOutcome outcome;
    if (context_.is_draining) {
        outcome.refusal =
            to_response(base::Error{base::Errc::canceled, "Shutting down; try again.", {}, {}});
    } else if (exchange.endpoint->kind == Endpoint::Kind::stream) {
        outcome = co_await serve_event_stream(context_, *transport_, exchange);
    } else if (pending_.empty() && transport_->socket() != nullptr) {
        outcome = co_await httpd::serve_websocket(context_, *transport_, exchange, stop_stream_);
        stop_stream_ = nullptr;
    } else {
        outcome.refusal = problem(400, "", "Frames were sent ahead of the answer to the upgrade.");
    }
    phase_ = Phase::sending;
    canceled_ = false;
    co_await asio::this_coro::reset_cancellation_state();
    if (outcome.refusal) {
        co_await respond(std::move(*outcome.refusal));
        co_return;
    }
    is_open_ = false;
    context_.record(exchange, outcome.status, outcome.bytes);
}

void Session::apply_file_plan(Response& response, FileSlice& slice) const {
    const auto* file = response.opened_file.get();
    const auto size = file != nullptr ? file->size() : response.fetched->size();
    const auto etag = file != nullptr ? file->etag() : response.fetched->etag();
    const auto modified = file != nullptr ? file->modified() : response.fetched->modified();
    const auto& request = exchange_->request;
    auto plan = FilePlan{200, 0, size, {}};
    if (response.status == 200 && (request.method == "GET" || request.method == "HEAD")) {
        plan = plan_file(request.headers, size, etag, modified);
    }
    if (plan.status == 416) {
        response = problem(416, "", "The range lies outside of the file.");
        response.add_header("Content-Range", plan.content_range);
        return;
    }
    response.status = response.status == 200 ? plan.status : response.status;
    if (!etag.empty()) {
        response.add_header("ETag", etag);
    }
    if (modified) {
        response.add_header("Last-Modified", format_http_date(*modified));
    }
    response.add_header("Accept-Ranges", "bytes");
    if (!plan.content_range.empty()) {
        response.add_header("Content-Range", plan.content_range);
    }
    slice = {response.opened_file, response.fetched, plan.offset, plan.length};
}

// Fills the exchange's output with the head and, if it is small, the body. Returns what of the body
// is still to be sent.
std::string_view Session::compose(Response& response, FileSlice& slice, std::uint64_t& body_bytes) {
    auto& exchange = *exchange_;
    if (response.status < 200 || response.status > 599) {
        context_.logger().error(
            "{} answered with status {}", exchange.request.route, response.status
        );
        response = to_response(base::Error{});
    }
    if (response.opened_file || response.fetched) {
        apply_file_plan(response, slice);
    }
    is_open_ = exchange.keep_alive && !context_.is_draining;
    AnswerFacts facts;
    facts.keep_alive = is_open_;
    facts.is_http_11 = exchange.reader->is_http_11();
    facts.content_length = slice.is_empty() ? response.body.size() : slice.length;
    facts.date = context_.date();
    facts.request_id = exchange.request.request_id;
    facts.trace = &exchange.request.trace;
    write_head(exchange.out, response, facts);
    const bool is_bodiless = exchange.request.method == "HEAD" || !may_have_body(response.status);
    body_bytes = is_bodiless ? 0 : *facts.content_length;
    if (is_bodiless || !slice.is_empty()) {
        slice.length = is_bodiless ? 0 : slice.length;
        return {};
    }
    if (response.body.size() <= most_joined) {
        exchange.out.append(response.body);
        return {};
    }
    return response.body;
}

asio::awaitable<void> Session::respond(Response response) {
    auto& exchange = *exchange_;
    phase_ = Phase::sending;
    if (response.is_reset) {
        reset();
        context_.record(exchange, 0, 0);
        co_return;
    }
    FileSlice slice;
    std::uint64_t body_bytes = 0;
    std::string_view second = compose(response, slice, body_bytes);
    std::string_view first = exchange.out;
    send_mark_ = no_mark;
    auto status = write_now(first, second);
    bool sent = status == Transport::Status::ok;
    if (status == Transport::Status::would_block) {
        sent = co_await send_all(first, second);
    }
    if (sent && slice.length != 0) {
        if (slice.file) {
            sent = co_await send_file(slice);
        } else {
            sent = co_await send_content(slice);
        }
    }
    is_open_ = is_open_ && sent;
    lingers_ = sent && !is_open_ && exchange.has_unread_input;
    context_.record(exchange, response.status, body_bytes);
}

// Closing a socket that lingers for no time resets the connection.
void Session::reset() {
    is_open_ = false;
    if (auto* socket = transport_->socket()) {
        boost::system::error_code ignored;
        socket->set_option(asio::socket_base::linger(true, 0), ignored);
    }
}

Transport::Status Session::write_now(std::string_view& first, std::string_view& second) {
    while (!first.empty() || !second.empty()) {
        const auto wrote = first.empty() ? transport_->write_some(second, {})
                                         : transport_->write_some(first, second);
        if (wrote.status != Transport::Status::ok) {
            return wrote.status;
        }
        advance_view(first, second, wrote.bytes);
    }
    return Transport::Status::ok;
}

asio::awaitable<bool> Session::send_all(std::string_view first, std::string_view second) {
    while (true) {
        const auto status = write_now(first, second);
        if (status != Transport::Status::would_block) {
            co_return status == Transport::Status::ok;
        }
        const bool ready = co_await wait_to_send(first.size() + second.size());
        if (!ready) {
            co_return false;
        }
    }
}

// Each step of 64 KiB has the write timeout for itself: a slow line may take long for a recording,
// but nobody keeps an answer in memory by taking a byte now and then.
asio::awaitable<bool> Session::wait_to_send(std::uint64_t left) {
    if (send_mark_ == no_mark || send_mark_ - left >= send_step) {
        send_mark_ = left;
        send_deadline_ = now() + context_.settings().write_timeout;
    }
    expired_ = false;
    deadline_ = send_deadline_;
    co_await transport_->wait_writable();
    deadline_ = net::Deadline::max();
    co_return !expired_ && !aborted_;
}

asio::awaitable<bool> Session::send_file(FileSlice slice) {
    send_mark_ = no_mark;
    unsigned steps = 0;
    while (slice.length != 0) {
        const auto part = context_.scratch().first(static_cast<std::size_t>(
            std::min<std::uint64_t>(slice.length, context_.scratch().size())
        ));
        const auto read = slice.file->read(slice.offset, part);
        if (read == 0) {
            // Cut short behind our back: the length is promised already, so only the connection's
            // end tells.
            co_return false;
        }
        const auto wrote = transport_->write_some(std::string_view(part.data(), read), {});
        if (wrote.status == Transport::Status::closed) {
            co_return false;
        }
        slice.offset += wrote.bytes;
        slice.length -= wrote.bytes;
        const bool is_blocked = wrote.bytes < read;
        if (is_blocked && slice.length != 0) {
            const bool ready = co_await wait_to_send(slice.length);
            if (!ready) {
                co_return false;
            }
        } else if (++steps % 8 == 0) {
            const auto executor = co_await asio::this_coro::executor;
            co_await asio::post(executor, asio::use_awaitable);
        }
    }
    co_return true;
}

// One piece is in memory at a time: the next is fetched when the peer has taken this one.
asio::awaitable<bool> Session::send_content(FileSlice slice) {
    while (slice.length != 0) {
        const auto most = std::min<std::uint64_t>(slice.length, content_piece);
        const auto piece = co_await slice.content->read(slice.offset, most);
        if (aborted_) {
            co_return false;
        }
        if (!piece || piece->empty() || piece->size() > most) {
            context_.logger().warning(
                "{} was cut off at byte {}: {}, id={}",
                exchange_->request.route,
                slice.offset,
                piece ? "a piece of a wrong size" : base::describe(piece.error()),
                exchange_->request.request_id
            );
            co_return false;
        }
        slice.offset += piece->size();
        slice.length -= piece->size();
        send_mark_ = no_mark;
        const bool sent = co_await send_all(*piece, {});
        if (!sent) {
            co_return false;
        }
    }
    co_return true;
}

// Closing a socket with unread input resets the connection, and the peer may lose the answer that
// it has not read yet.
asio::awaitable<void> Session::linger() {
    transport_->shutdown_send();
    phase_ = Phase::lingering;
    expired_ = false;
    deadline_ = now() + linger_limit;
    std::size_t dropped = 0;
    while (dropped < most_lingering_bytes) {
        co_await transport_->wait_readable();
        if (expired_ || aborted_) {
            break;
        }
        const auto got = transport_->read_some(context_.scratch());
        if (got.status == Transport::Status::closed) {
            break;
        }
        dropped += got.bytes;
    }
}

void Session::finish_exchange() {
    context_.give_back(std::move(exchange_));
    exchange_ = nullptr;
    phase_ = Phase::idle;
    idle_deadline_ = now() + context_.settings().idle_timeout;
    if (pending_.empty() && pending_.capacity() > most_idle_bytes) {
        std::string().swap(pending_);
    }
}

}  // namespace trunkline::httpd
