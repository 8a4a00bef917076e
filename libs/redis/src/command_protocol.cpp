#include "command_protocol.hpp"

#include <algorithm>
#include <utility>

#include "greeting.hpp"

namespace trunkline::redis {
namespace {

std::string encode_all(const std::vector<Words>& commands) {
    std::string bytes;
    for (const auto& words : commands) {
        bytes += encode(words);
    }
    return bytes;
}

}  // namespace

CommandProtocol::CommandProtocol(Settings settings, const Address& address)
    : settings_(std::move(settings)), greeting_(greeting(address)) {}

base::Result<> CommandProtocol::submit(
    const std::vector<Words>& commands, base::SteadyTime now, Completion completion
) {
    if (std::ranges::any_of(commands, [](const Words& words) { return words.empty(); })) {
        return base::fail(base::Errc::invalid_input, "an empty command");
    }
    if (state_ != State::ready) {
        return base::fail(base::Errc::unavailable, "Redis is not connected");
    }
    if (commands.empty()) {
        completion(std::vector<Reply>{});
        return {};
    }
    const auto bytes = encode_all(commands);
    auto checked = check(commands, bytes);
    if (checked) {
        push(commands.size(), bytes, now, std::move(completion));
    }
    return checked;
}

base::Result<> CommandProtocol::check(const std::vector<Words>& commands, const std::string& bytes)
    const {
    if (commands.size() > settings_.max_in_flight || bytes.size() > settings_.max_queued_bytes) {
        return base::fail(base::Errc::too_large, "too much for one pipeline to Redis");
    }
    if (in_flight_ + commands.size() > settings_.max_in_flight ||
        output_.size() + bytes.size() > settings_.max_queued_bytes) {
        return base::fail(base::Errc::unavailable, "too many commands to Redis are in flight");
    }
    return {};
}

void CommandProtocol::push(
    std::size_t count, std::string_view bytes, base::SteadyTime now, Completion done
) {
    output_ += bytes;
    in_flight_ += count;
    last_activity_ = now;
    slots_.push_back(Slot{
        .expected = count,
        .replies = {},
        .deadline = now + settings_.command_timeout,
        .completion = std::move(done)
    });
}

void CommandProtocol::on_open(base::SteadyTime now) {
    decoder_ = std::make_unique<Decoder>(settings_.max_reply_bytes, settings_.max_reply_elements);
    state_ = State::greeting;
    refused_.reset();
    push(greeting_.size(), encode_all(greeting_), now, [this](const auto& replies) {
        finish_greeting(replies);
    });
}

void CommandProtocol::finish_greeting(const base::Result<std::vector<Reply>>& replies) {
    if (!replies) {
        return;  // Lost; on_lost tells.
    }
    const auto refusal = std::ranges::find_if(*replies, &Reply::is_error);
    if (refusal != replies->end()) {
        refused_ = to_error(*refusal);
    } else {
        state_ = State::ready;
    }
}

std::optional<base::Error> CommandProtocol::on_bytes(std::string_view bytes, base::SteadyTime now) {
    last_activity_ = now;
    const auto fed = decoder_->feed(bytes);
    if (!fed) {
        return fed.error();
    }
    while (true) {
        auto decoded = decoder_->next();
        if (!decoded) {
            return decoded.error();
        }
        auto& reply = *decoded;
        if (!reply) {
            return std::nullopt;
        }
        auto failure = accept(std::move(*reply));
        if (failure) {
            return failure;
        }
    }
}

std::optional<base::Error> CommandProtocol::accept(Reply reply) {
    if (slots_.empty()) {
        return base::Error{
            .code = base::Errc::malformed,
            .detail = "Redis sent a reply that nobody asked for",
            .fields = {},
            .native = {}
        };
    }
    auto& slot = slots_.front();
    slot.replies.push_back(std::move(reply));
    --in_flight_;
    if (slot.replies.size() == slot.expected) {
        auto done = std::move(slots_.front());
        slots_.pop_front();
        done.completion(std::move(done.replies));
    }
    return refused_;
}

std::optional<base::Error> CommandProtocol::on_time(base::SteadyTime now) {
    if (state_ == State::closed || now < next_deadline()) {
        return std::nullopt;
    }
    if (slots_.empty()) {
        push(1, encode({"PING"}), now, [](const auto&) {});
        return std::nullopt;
    }
    return base::Error{
        .code = base::Errc::timeout,
        .detail = "Redis did not answer within " +
                  std::to_string(settings_.command_timeout.count()) + " ms",
        .fields = {},
        .native = {}
    };
}

void CommandProtocol::on_lost(const base::Error& reason, base::SteadyTime now) {
    state_ = State::closed;
    decoder_.reset();
    output_.clear();
    in_flight_ = 0;
    // Those whose time was up, and all if we stop, are told just that; the others that they may try
    // again.
    const bool as_it_is = reason.code == base::Errc::canceled;
    const auto lost = std::exchange(slots_, {});
    for (const auto& slot : lost) {
        auto error = reason;
        if (!as_it_is) {
            error.code = slot.deadline <= now ? base::Errc::timeout : base::Errc::unavailable;
        }
        slot.completion(std::unexpected(std::move(error)));
    }
}

std::string CommandProtocol::take_output() { return std::exchange(output_, {}); }

base::SteadyTime CommandProtocol::next_deadline() const {
    if (state_ == State::closed) {
        return base::SteadyTime::max();
    }
    return slots_.empty() ? last_activity_ + settings_.ping_interval : slots_.front().deadline;
}

}  // namespace trunkline::redis
