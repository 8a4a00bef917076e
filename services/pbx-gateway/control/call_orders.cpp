#include "call_orders.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include "base/ids.hpp"
#include "body.hpp"
#include "hold.hpp"
#include "json/writer.hpp"
#include "net/sleep.hpp"
#include "order_parts.hpp"
#include "recorder.hpp"
#include "talk.hpp"

namespace trunkline::pbx_control {

base::Result<> prepare_hangup(const Wish& wish, Order& order) {
    order.channel = channel_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    const auto cause = integer_of(reader, "cause", 1, 127);
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.run = [channel = order.channel, cause](ExchangeLink& link) {
        return do_to(
            link,
            channel,
            [cause](const ami::Channel& found) {
                return ami::hangup(found.name, static_cast<unsigned>(cause.value_or(0)));
            },
            "hung up"
        );
    };
    return {};
}

// ---- park

namespace {

asio::awaitable<Outcome> park_call(ExchangeLink& link, ami::Park request) {
    const auto channel = co_await find_channel(link, request.channel);
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    request.channel = channel->name;
    const auto reply = co_await ask(link, ami::park(request));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    // The answer does not tell the space, and an event would be another's business to wait for.
    const auto parked = co_await ask(link, ami::parked_calls());
    json::Writer writer;
    writer.begin_object().member("status", "parked").member("channel", channel->name);
    if (parked) {
        for (const auto& one : ami::parked_in(*parked)) {
            if (one.channel == channel->name) {
                writer.member("space", one.space).member("lot", one.lot);
                break;
            }
        }
    }
    co_return Answer{writer.end_object().take(), 200};
}

}  // namespace

base::Result<> prepare_park(const Wish& wish, Order& order) {
    order.channel = channel_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    ami::Park request;
    request.channel = order.channel;
    request.lot = reader.optional_string("lot").value_or("");
    const auto comeback = reader.optional_string("comeback").value_or("");
    const auto timeout = integer_of(reader, "timeout_s", 1, 3600);
    if (timeout) {
        request.timeout = std::chrono::seconds(*timeout);
    }
    if (!comeback.empty()) {
        const auto phone = phone_of(wish.site.dialling, comeback);
        if (phone) {
            request.comeback_channel = *phone;
        } else {
            reader.fail("comeback", phone.error().detail);
        }
    }
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.target = comeback;
    order.run = [request](ExchangeLink& link) { return park_call(link, request); };
    return {};
}

// ---- spy

namespace {

asio::awaitable<Outcome> listen_in(ExchangeLink& link, ami::Spy request) {
    const auto channel = co_await find_channel(link, request.target);
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    request.target = channel->name;
    const auto reply = co_await ask(link, ami::spy(request));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    co_return queued(request.channel_id);
}

}  // namespace

base::Result<> prepare_spy(const Wish& wish, Order& order) {
    order.channel = channel_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    const auto supervisor = reader.required_string("supervisor");
    const auto mode = word_of(reader, "mode", {"listen", "whisper", "barge"}, "listen");
    const auto phone = phone_of(wish.site.dialling, supervisor);
    if (!phone && reader.view("supervisor")) {
        reader.fail("supervisor", phone.error().detail);
    }
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.target = supervisor;
    order.call_id = base::make_uuid();
    json::Writer arguments;
    arguments.begin_object().member("mode", mode).end_object();
    order.arguments = arguments.take();
    ami::Spy request;
    request.supervisor = *phone;
    request.target = order.channel;
    request.mode = mode == "whisper" ? ami::SpyMode::whisper
                   : mode == "barge" ? ami::SpyMode::barge
                                     : ami::SpyMode::listen;
    request.channel_id = order.call_id;
    order.run = [request](ExchangeLink& link) { return listen_in(link, request); };
    return {};
}

// ---- DTMF

namespace {

constexpr std::chrono::milliseconds digit_pause{100};

asio::awaitable<Outcome> press(
    ExchangeLink& link, std::string name, std::string digits, std::chrono::milliseconds duration
) {
    const auto channel = co_await find_channel(link, std::move(name));
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    bool is_first = true;
    for (const char digit : digits) {
        if (!is_first) {
            // The exchange only queues a digit: the next one must not begin before its end.
            co_await net::sleep_for(duration + digit_pause);
        }
        is_first = false;
        const auto reply = co_await ask(link, ami::play_dtmf(channel->name, digit, duration));
        if (!reply) {
            co_return std::unexpected(reply.error());
        }
    }
    co_return done(channel->name);
}

}  // namespace

base::Result<> prepare_dtmf(const Wish& wish, Order& order) {
    constexpr std::size_t most_digits = 16;
    order.channel = channel_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    const auto digits = reader.required_string("digits");
    const auto duration = integer_of(reader, "duration_ms", 40, 400).value_or(120);
    const bool are_digits = std::ranges::all_of(digits, [](char c) {
        return std::string_view("0123456789*#ABCD").find(c) != std::string_view::npos;
    });
    if (reader.view("digits") && (!are_digits || digits.empty() || digits.size() > most_digits)) {
        reader.fail("digits", "must be 1 to 16 of 0-9, *, # and A-D");
    }
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    // Not written down: people type card numbers and codes.
    order.target = std::string(digits.size(), '.');
    order.run = [channel = order.channel, digits, duration](ExchangeLink& link) {
        return press(link, channel, digits, std::chrono::milliseconds(duration));
    };
    return {};
}

// ---- hold

base::Result<> prepare_hold(const Wish& wish, Order& order) {
    order.channel = channel_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    const bool is_hold = reader.optional_bool("hold").value_or(true);
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.arguments = is_hold ? R"({"hold":true})" : R"({"hold":false})";
    order.run = [channel = order.channel,
                 context = wish.site.dialling.hold_context,
                 is_hold](ExchangeLink& link) {
        return is_hold ? hold_call(link, channel, context) : resume_call(link, channel, context);
    };
    return {};
}

// ---- record

namespace {

// What records a channel listens to it: the action MixMonitor would need the right `system`, which
// hands out the machine.

std::vector<std::string> recorders_of(
    const std::vector<ami::Channel>& channels, const ami::Channel& channel
) {
    std::vector<std::string> out;
    for (const auto& one : channels) {
        if (one.name.starts_with(recorder_of(channel.uniqueid)) && one.name.ends_with(";1")) {
            out.push_back(one.name);
        }
    }
    return out;
}

Answer record_answer(const char* status, const std::string& channel, const std::string& file) {
    json::Writer writer;
    writer.begin_object().member("status", status).member("channel", channel);
    if (!file.empty()) {
        writer.member("file", file);
    }
    return {.json = writer.end_object().take(), .status = 200};
}

asio::awaitable<Outcome> start_recording(
    ExchangeLink& link, std::string name, Dialling dialling, base::WallTime now
) {
    const auto channel = co_await find_channel(link, std::move(name));
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    const auto recording = recording_name(channel->uniqueid, now);
    const auto known =
        co_await check_exten(link, {dialling.hold_context, "record-" + recording, 1});
    if (!known && known.error().code == base::Errc::not_found) {
        co_return base::fail(
            base::Errc::conflict,
            "the exchange's dialplan has no context " + dialling.hold_context +
                " to record calls in; trunkctl pbx dialplan prints what to add"
        );
    }
    if (!known) {
        co_return std::unexpected(known.error());
    }
    ami::Spy request;
    request.supervisor = "Local/record-" + recording + "@" + dialling.hold_context + "/n";
    request.target = channel->name;
    const auto reply = co_await ask(link, ami::spy(request));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    auto folder = dialling.record_folder;
    folder += folder.empty() || folder.ends_with('/') ? "" : "/";
    co_return record_answer("recording", channel->name, folder + "call-" + recording + ".wav");
}

asio::awaitable<Outcome> stop_recording(ExchangeLink& link, std::string name) {
    const auto channels = co_await list_channels(link);
    if (!channels) {
        co_return std::unexpected(channels.error());
    }
    const auto channel = co_await find_channel(link, std::move(name));
    if (!channel) {
        co_return std::unexpected(channel.error());
    }
    const auto recorders = recorders_of(*channels, *channel);
    if (recorders.empty()) {
        co_return base::fail(base::Errc::conflict, channel->name + " is not recorded");
    }
    for (const auto& recorder : recorders) {
        const auto reply = co_await ask(link, ami::hangup(recorder));
        if (!reply && reply.error().code != base::Errc::not_found) {
            co_return std::unexpected(reply.error());
        }
    }
    co_return record_answer("stopped", channel->name, "");
}

}  // namespace

base::Result<> prepare_record(const Wish& wish, Order& order) {
    order.channel = channel_of(wish);
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    const auto action = word_of(reader, "action", {"start", "stop"}, "start");
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.arguments = action == "start" ? R"({"action":"start"})" : R"({"action":"stop"})";
    if (action == "stop") {
        order.run = [channel = order.channel](ExchangeLink& link) {
            return stop_recording(link, channel);
        };
    } else {
        order.run = [channel = order.channel, dialling = wish.site.dialling, now = wish.now](
                        ExchangeLink& link
                    ) { return start_recording(link, channel, dialling, now); };
    }
    return {};
}

// ---- bridge

namespace {

asio::awaitable<Outcome> join(
    ExchangeLink& link, std::string first, std::string second, bool tone
) {
    const auto one = co_await find_channel(link, std::move(first));
    if (!one) {
        co_return std::unexpected(one.error());
    }
    const auto other = co_await find_channel(link, std::move(second));
    if (!other) {
        co_return std::unexpected(other.error());
    }
    if (one->name == other->name) {
        co_return base::fail(base::Errc::conflict, "a channel cannot be bridged with itself");
    }
    const auto reply = co_await ask(link, ami::bridge(one->name, other->name, tone));
    if (!reply) {
        co_return std::unexpected(reply.error());
    }
    json::Writer writer;
    writer.begin_object()
        .member("status", "bridged")
        .member("channel1", one->name)
        .member("channel2", other->name)
        .end_object();
    co_return Answer{writer.take(), 200};
}

}  // namespace

base::Result<> prepare_bridge(const Wish& wish, Order& order) {
    const auto document = body_of(wish.request);
    if (!document) {
        return std::unexpected(document.error());
    }
    json::Reader reader(document->root());
    order.channel = reader.required_string("channel1");
    order.target = reader.required_string("channel2");
    const bool tone = reader.optional_bool("tone").value_or(false);
    if (auto finished = reader.finish(); !finished) {
        return finished;
    }
    order.run = [first = order.channel, second = order.target, tone](ExchangeLink& link) {
        return join(link, first, second, tone);
    };
    return {};
}

}  // namespace trunkline::pbx_control
