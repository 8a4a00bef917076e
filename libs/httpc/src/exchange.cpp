#include "exchange.hpp"

#include <boost/asio/error.hpp>
#include <utility>
#include <vector>

#include "gzip.hpp"
#include "response_reader.hpp"

namespace trunkline::httpc {
namespace {

constexpr std::size_t read_bytes = 16 * 1024;  // A TLS record.

Outcome answer_in(ResponseReader& reader, const Plan& plan) {
    auto response = reader.take();
    if (plan.accept_gzip) {
        auto unpacked = unpack(response, plan.max_response_bytes);
        if (!unpacked) {
            return failure(std::move(unpacked.error()), true);
        }
    }
    return response;
}

asio::awaitable<Exchange> read_answer(Connection& connection, const Plan& plan) {
    Exchange result;
    ResponseReader reader(plan.is_head, plan.max_response_bytes);
    std::vector<char> buffer(read_bytes);
    for (;;) {
        const auto got = co_await connection.read(buffer);
        auto done = reader.feed(std::string_view(buffer.data(), got.bytes));
        if (!done) {
            result.outcome = failure(std::move(done.error()), true);
            co_return result;
        }
        if (*done) {
            result.outcome = answer_in(reader, plan);
            result.keep = !got.error && reader.leaves_connection_usable();
            co_return result;
        }
        if (!got.error) {
            continue;
        }
        if (got.error == asio::error::eof && reader.finish()) {
            result.outcome = answer_in(reader, plan);
            co_return result;
        }
        const std::string_view where =
            reader.has_started() ? " in the middle of its answer: " : " before it answered: ";
        auto detail =
            plan.url.origin() + " closed the connection" + std::string(where) + got.error.message();
        result.outcome = failure(base::Errc::unavailable, std::move(detail), true);
        result.stale = !reader.has_started() && (plan.is_idempotent || plan.retry_safe);
        co_return result;
    }
}

}  // namespace

std::unexpected<Failure> failure(base::Errc code, std::string detail, bool request_sent) {
    base::Error error{.code = code, .detail = std::move(detail), .fields = {}, .native = {}};
    return std::unexpected(Failure{.error = std::move(error), .request_sent = request_sent});
}

std::unexpected<Failure> failure(base::Error error, bool request_sent) {
    return std::unexpected(Failure{.error = std::move(error), .request_sent = request_sent});
}

asio::awaitable<Exchange> exchange(Connection& connection, const Plan& plan, Progress& progress) {
    const bool sent_before = progress.sent;
    progress.sent = true;
    progress.doing = "sending the request";
    const auto written = co_await connection.write(plan.bytes);
    if (written.error) {
        const bool nothing_left = written.bytes == 0;
        progress.sent = sent_before || !nothing_left;
        if (!nothing_left) {
            // A peer that refuses a long body answers before it has read all of it, then closes.
            auto early = co_await read_answer(connection, plan);
            if (early.outcome) {
                early.keep = false;
                co_return early;
            }
        }
        auto detail = "connection to " + plan.url.origin() +
                      " lost while sending: " + written.error.message();
        Exchange lost;
        lost.outcome = failure(base::Errc::unavailable, std::move(detail), progress.sent);
        lost.stale = nothing_left;
        co_return lost;
    }
    progress.doing = "waiting for the answer";
    auto answer = co_await read_answer(connection, plan);
    co_return answer;
}

}  // namespace trunkline::httpc
