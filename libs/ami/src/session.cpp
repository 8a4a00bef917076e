#include "session.hpp"

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

#include "ami/actions.hpp"
#include "ascii.hpp"
#include "crypto/digest.hpp"
#include "crypto/encoding.hpp"

namespace trunkline::ami {
namespace {

constexpr std::string_view login_id = "login";
constexpr std::string_view ping_id = "ping";

/// `EventList: Complete`, and the events that ended lists before Asterisk had it.
bool ends_list(const Message& event) {
    const auto list = event.get("EventList");
    const auto name = event.name();
    return equals_ascii(list, "Complete") || equals_ascii(list, "Cancelled") ||
           (name.size() > 8 && equals_ascii(name.substr(name.size() - 8), "Complete"));
}

bool begins_list(const Message& response) {
    const auto text = response.get("Message");
    return equals_ascii(response.get("EventList"), "start") || text.ends_with("will follow");
}

}  // namespace

Session::Session(SessionSettings settings, base::SteadyTime now)
    : settings_(std::move(settings)), phase_limit_(now + settings_.login_limit), heard_(now) {}

News Session::fail(News news, std::string why) {
    end(std::move(why));
    return news;
}

void Session::end(std::string why) {
    if (phase_ == Phase::over) {
        return;
    }
    phase_ = Phase::over;
    why_ = std::move(why);
    while (!pending_.empty()) {
        refuse(
            pending_.begin()->first,
            base::Errc::timeout,
            "the connection ended before the answer: " + why_
        );
    }
}

void Session::write(const base::Result<Action>& action, std::string_view id) {
    output_ += action->text(settings_.id_prefix + std::string(id));
}

News Session::take(const Message& message, base::SteadyTime now) {
    heard_ = now;
    switch (phase_) {
        case Phase::banner:
            return take_banner(message);
        case Phase::challenge:
            return take_challenge(message);
        case Phase::login:
            return take_login(message, now);
        case Phase::booting:
        case Phase::ready:
            if (message.kind() == Message::Kind::event) {
                return take_event(message, now);
            }
            if (message.kind() == Message::Kind::response) {
                const auto id = message.get("ActionID");
                if (is_pinging_ && id == settings_.id_prefix + std::string(ping_id)) {
                    is_pinging_ = false;
                    response_time_ =
                        std::chrono::duration_cast<std::chrono::microseconds>(now - ping_sent_);
                    return News::none;
                }
                return take_response(message);
            }
            return News::none;
        case Phase::over:
            break;
    }
    return News::none;
}

News Session::take_banner(const Message& message) {
    if (message.kind() != Message::Kind::banner) {
        return fail(News::broken, "the peer is no Asterisk manager");
    }
    banner_ = message.name();
    if (settings_.use_challenge) {
        write(challenge(), login_id);
        phase_ = Phase::challenge;
        return News::none;
    }
    const auto action = login(settings_.username, settings_.secret, settings_.events);
    if (!action) {
        return fail(News::refused, base::describe(action.error()));
    }
    write(action, login_id);
    phase_ = Phase::login;
    return News::none;
}

News Session::take_challenge(const Message& message) {
    if (message.kind() != Message::Kind::response) {
        return News::none;
    }
    const auto given = message.get("Challenge");
    if (given.empty()) {
        return fail(News::refused, "no challenge: " + std::string(message.get("Message")));
    }
    const auto key = crypto::to_hex(crypto::md5(std::string(given) + settings_.secret));
    const auto action = login_with_key(settings_.username, key, settings_.events);
    if (!action) {
        return fail(News::refused, base::describe(action.error()));
    }
    write(action, login_id);
    phase_ = Phase::login;
    return News::none;
}

News Session::take_login(const Message& message, base::SteadyTime now) {
    if (message.kind() != Message::Kind::response) {
        return News::none;
    }
    if (!message.is("Success")) {
        return fail(News::refused, "login refused: " + std::string(message.get("Message")));
    }
    phase_ = Phase::booting;
    phase_limit_ = now + settings_.boot_limit;
    return News::none;
}

News Session::become_ready() {
    phase_ = Phase::ready;
    return News::ready;
}

News Session::take_event(const Message& message, base::SteadyTime) {
    if (Pending* pending = find(message); pending != nullptr && pending->is_list) {
        const auto id = found_id_;
        if (ends_list(message)) {
            complete(id, &message);
        } else {
            collect(id, *pending, message);
        }
        return News::none;
    }
    if (message.is("FullyBooted")) {
        is_booted_ = true;
        return phase_ == Phase::booting ? become_ready() : News::booted;
    }
    return News::event;
}

News Session::take_response(const Message& message) {
    Pending* pending = find(message);
    if (pending == nullptr) {
        ++strays_;
        return News::none;
    }
    const auto id = found_id_;
    if (const auto code = error_of(message); code && !is_empty_list(message)) {
        refuse(id, *code, pending->name + ": " + std::string(message.get("Message")));
        return News::none;
    }
    if (message.is_cut()) {
        refuse(id, base::Errc::too_large, pending->name + ": the answer is too large");
        return News::none;
    }
    pending->is_list = begins_list(message);
    if (collect(id, *pending, message) && !pending->is_list) {
        complete(id, nullptr);
    }
    return News::none;
}

/// The action that a message answers.
Session::Pending* Session::find(const Message& message) {
    auto id = message.get("ActionID");
    if (id.empty() || !id.starts_with(settings_.id_prefix)) {
        return nullptr;
    }
    id.remove_prefix(settings_.id_prefix.size());
    const auto [end, error] = std::from_chars(id.data(), id.data() + id.size(), found_id_);
    if (error != std::errc{} || end != id.data() + id.size()) {
        return nullptr;
    }
    const auto found = pending_.find(found_id_);
    return found != pending_.end() ? &found->second : nullptr;
}

/// False: it was too much, and the action has been refused.
bool Session::collect(std::uint64_t id, Pending& pending, const Message& message) {
    pending.parts.emplace_back(message);
    pending.bytes += pending.parts.back().bytes() + (message.size() * sizeof(Line));
    if (pending.bytes <= settings_.max_reply_bytes && pending.parts.size() <= settings_.max_items) {
        return true;
    }
    refuse(id, base::Errc::too_large, pending.name + ": the answer is too large");
    return false;
}

void Session::complete(std::uint64_t id, const Message* last) {
    auto node = pending_.extract(id);
    auto& parts = node.mapped().parts;
    Reply reply{.response = std::move(parts.front()), .items = {}, .complete = std::nullopt};
    reply.items.assign(
        std::make_move_iterator(parts.begin() + 1), std::make_move_iterator(parts.end())
    );
    if (last != nullptr) {
        reply.complete.emplace(*last);
    }
    completions_.push_back({.id = id, .result = std::move(reply)});
}

void Session::refuse(std::uint64_t id, base::Errc code, std::string detail) {
    pending_.erase(id);
    completions_.push_back({.id = id, .result = base::fail(code, std::move(detail))});
}

base::Result<std::uint64_t> Session::submit(const Action& action, base::SteadyTime deadline) {
    if (phase_ != Phase::ready) {
        return base::fail(base::Errc::unavailable, "the exchange is not connected");
    }
    if (pending_.size() >= settings_.max_pending) {
        return base::fail(base::Errc::rate_limited, "too many actions wait for the exchange");
    }
    const auto id = next_id_++;
    pending_[id] = {.deadline = deadline, .parts = {}, .name = action.name()};
    output_ += action.text(settings_.id_prefix + std::to_string(id));
    return id;
}

News Session::tick(base::SteadyTime now) {
    if (phase_ == Phase::over) {
        return News::none;
    }
    if (is_in_login() && now >= phase_limit_) {
        return fail(News::broken, "no login in time");
    }
    if (is_pinging_ && now >= ping_sent_ + settings_.ping_limit) {
        return fail(News::broken, "no answer to a ping");
    }
    std::vector<std::uint64_t> late;
    for (const auto& [id, pending] : pending_) {
        if (now >= pending.deadline) {
            late.push_back(id);
        }
    }
    for (const auto id : late) {
        const std::string name = pending_.at(id).name;
        refuse(id, base::Errc::timeout, name + ": no answer in time");
    }
    if (phase_ == Phase::booting && now >= phase_limit_) {
        return become_ready();
    }
    if (phase_ == Phase::ready && !is_pinging_ && now >= heard_ + settings_.ping_after) {
        write(ping(), ping_id);
        is_pinging_ = true;
        ping_sent_ = now;
    }
    return News::none;
}

base::SteadyTime Session::next_deadline() const {
    auto next = base::SteadyTime::max();
    if (phase_ <= Phase::booting) {
        next = phase_limit_;
    } else if (phase_ == Phase::ready) {
        next = is_pinging_ ? ping_sent_ + settings_.ping_limit : heard_ + settings_.ping_after;
    }
    for (const auto& [id, pending] : pending_) {
        next = std::min(next, pending.deadline);
    }
    return next;
}

}  // namespace trunkline::ami
