#include "subscribe_protocol.hpp"

#include <utility>

#include "greeting.hpp"

namespace trunkline::redis {
namespace {

base::Error malformed(std::string detail) {
    return {.code = base::Errc::malformed, .detail = std::move(detail), .fields = {}, .native = {}};
}

bool is_push(const Reply& reply, std::string_view kind, std::size_t size) {
    return reply.kind == Reply::Kind::array && reply.elements.size() == size &&
           reply.elements[0].kind == Reply::Kind::string && reply.elements[0].text == kind;
}

}  // namespace

SubscribeProtocol::SubscribeProtocol(Settings settings, const Address& address, Events events)
    : settings_(std::move(settings)), greeting_(greeting(address)), events_(std::move(events)) {}

void SubscribeProtocol::add_channel(std::string channel, base::SteadyTime now) {
    const auto [place, added] = channels_.insert(std::move(channel));
    if (added && decoder_) {
        subscribe({*place}, now);
    }
}

void SubscribeProtocol::subscribe(const std::vector<std::string>& channels, base::SteadyTime now) {
    Words words{"SUBSCRIBE"};
    words.insert(words.end(), channels.begin(), channels.end());
    unconfirmed_.insert(channels.begin(), channels.end());
    output_ += encode(words);
    answer_due_ = now + settings_.command_timeout;
}

void SubscribeProtocol::on_open(base::SteadyTime now) {
    decoder_ = std::make_unique<Decoder>(settings_.max_reply_bytes, settings_.max_reply_elements);
    last_heard_ = now;
    answer_due_ = now + settings_.command_timeout;
    for (const auto& words : greeting_) {
        output_ += encode(words);
    }
    greetings_due_ = greeting_.size();
    if (!channels_.empty()) {
        subscribe({channels_.begin(), channels_.end()}, now);
    }
}

std::optional<base::Error> SubscribeProtocol::on_bytes(
    std::string_view bytes, base::SteadyTime now
) {
    last_heard_ = now;
    const auto fed = decoder_->feed(bytes);
    if (!fed) {
        return fed.error();
    }
    // A handler may end the connection, and the decoder with it.
    while (decoder_) {
        auto decoded = decoder_->next();
        if (!decoded) {
            return decoded.error();
        }
        auto& reply = *decoded;
        if (!reply) {
            return std::nullopt;
        }
        auto failure = accept(*reply);
        if (failure) {
            return failure;
        }
    }
    return std::nullopt;
}

std::optional<base::Error> SubscribeProtocol::accept(const Reply& reply) {
    if (reply.is_error()) {
        return to_error(reply);
    }
    if (greetings_due_ > 0) {
        return accept_greeting(reply);
    }
    if (is_push(reply, "message", 3)) {
        events_.message(reply.elements[1].text, reply.elements[2].text);
        return std::nullopt;
    }
    if (is_push(reply, "subscribe", 3)) {
        confirm(reply.elements[1].text);
        return std::nullopt;
    }
    if (is_push(reply, "pong", 2)) {
        if (unconfirmed_.empty()) {
            answer_due_.reset();
        }
        return std::nullopt;
    }
    // With no channel to listen to the connection is an ordinary one and PING is answered plainly.
    if (reply.kind == Reply::Kind::string && reply.text == "PONG") {
        answer_due_.reset();
        return std::nullopt;
    }
    return malformed("Redis sent to a subscriber what is no message");
}

std::optional<base::Error> SubscribeProtocol::accept_greeting(const Reply& reply) {
    if (reply.kind != Reply::Kind::string) {
        return malformed("Redis answered the greeting by something else");
    }
    --greetings_due_;
    if (greetings_due_ == 0 && unconfirmed_.empty()) {
        answer_due_.reset();
        events_.subscribed();
    }
    return std::nullopt;
}

void SubscribeProtocol::confirm(const std::string& channel) {
    const auto place = unconfirmed_.find(channel);
    if (place == unconfirmed_.end()) {
        return;
    }
    unconfirmed_.erase(place);
    if (unconfirmed_.empty()) {
        answer_due_.reset();
        events_.subscribed();
    }
}

std::optional<base::Error> SubscribeProtocol::on_time(base::SteadyTime now) {
    if (!decoder_ || now < next_deadline()) {
        return std::nullopt;
    }
    if (answer_due_) {
        return base::Error{
            .code = base::Errc::timeout,
            .detail = "Redis did not answer a subscriber within " +
                      std::to_string(settings_.command_timeout.count()) + " ms",
            .fields = {},
            .native = {}
        };
    }
    output_ += encode({"PING"});
    answer_due_ = now + settings_.command_timeout;
    return std::nullopt;
}

void SubscribeProtocol::on_lost(const base::Error& /*reason*/, base::SteadyTime /*now*/) {
    decoder_.reset();
    output_.clear();
    unconfirmed_.clear();
    greetings_due_ = 0;
    answer_due_.reset();
}

std::string SubscribeProtocol::take_output() { return std::exchange(output_, {}); }

base::SteadyTime SubscribeProtocol::next_deadline() const {
    if (!decoder_) {
        return base::SteadyTime::max();
    }
    return answer_due_.value_or(last_heard_ + settings_.ping_interval);
}

bool SubscribeProtocol::is_ready() const {
    return decoder_ && greetings_due_ == 0 && unconfirmed_.empty();
}

}  // namespace trunkline::redis
