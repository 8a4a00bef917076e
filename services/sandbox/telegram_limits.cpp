#include "telegram_limits.hpp"

#include <algorithm>
#include <chrono>

#include "json/reader.hpp"
#include "json/writer.hpp"

namespace trunkline::sandbox {
namespace {

using namespace std::chrono_literals;

void drop_before(std::deque<base::SteadyTime>& times, base::SteadyTime limit) {
    while (!times.empty() && times.front() <= limit) {
        times.pop_front();
    }
}

int seconds_until(base::SteadyTime time, base::SteadyTime now) {
    return std::max(
        1, static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time - now).count())
    );
}

}  // namespace

void TelegramLimits::set(Settings settings) {
    settings_ = settings;
    reset();
}

void TelegramLimits::reset() {
    bots_.clear();
    chats_.clear();
    broken_ = {};
    requests_ = 0;
    busiest_second_ = 0;
}

std::optional<int> TelegramLimits::take(std::int64_t bot, std::int64_t chat) {
    const auto now = clock_.steady();
    ++requests_;
    auto& second = bots_[bot];
    auto& of_chat = chats_[{bot, chat}];
    drop_before(second, now - 1s);
    drop_before(of_chat.minute, now - 60s);
    std::optional<base::SteadyTime> until;
    if (of_chat.wait_until > now) {
        ++broken_.early;
        until = of_chat.wait_until;
    } else if (second.size() >= static_cast<std::size_t>(settings_.bot_per_second)) {
        ++broken_.bot;
        until = second.front() + 1s;
    } else if (chat < 0 &&
               of_chat.minute.size() >= static_cast<std::size_t>(settings_.group_per_minute)) {
        ++broken_.group;
        until = of_chat.minute.front() + 60s;
    } else if (chat > 0 && of_chat.full_at > now + (settings_.private_burst - 1) * 1s) {
        ++broken_.chat;
        until = of_chat.full_at - (settings_.private_burst - 1) * 1s;
    }
    if (until && settings_.enforce) {
        const auto seconds = seconds_until(*until, now);
        told_to_wait(bot, chat, seconds);
        return seconds;
    }
    second.push_back(now);
    busiest_second_ = std::max(busiest_second_, second.size());
    of_chat.full_at = std::max(of_chat.full_at, now) + 1s;
    if (chat < 0) {
        of_chat.minute.push_back(now);
    }
    return std::nullopt;
}

void TelegramLimits::told_to_wait(std::int64_t bot, std::int64_t chat, int seconds) {
    auto& until = chats_[{bot, chat}].wait_until;
    until = std::max(until, clock_.steady() + std::chrono::seconds(seconds));
}

base::Result<TelegramLimits::Settings> limits_from_json(json::View view) {
    json::Reader reader(view);
    TelegramLimits::Settings settings;
    settings.enforce = reader.optional_bool("enforce").value_or(true);
    for (const auto& [name, value] :
         {std::pair{"bot_per_second", &settings.bot_per_second},
          std::pair{"group_per_minute", &settings.group_per_minute},
          std::pair{"private_burst", &settings.private_burst}}) {
        *value = reader.optional_integer(name).value_or(*value);
        if (*value < 1 || *value > 1'000'000) {
            reader.fail(name, "must be from 1 to 1000000");
        }
    }
    if (const auto finished = reader.finish(); !finished) {
        return std::unexpected(finished.error());
    }
    return settings;
}

std::string to_json(const TelegramLimits& limits) {
    const auto& settings = limits.settings();
    const auto& broken = limits.broken();
    json::Writer writer;
    writer.begin_object()
        .member("enforce", settings.enforce)
        .member("bot_per_second", settings.bot_per_second)
        .member("group_per_minute", settings.group_per_minute)
        .member("private_burst", settings.private_burst)
        .member("requests", limits.requests())
        .member("busiest_second", static_cast<std::uint64_t>(limits.busiest_second()))
        .key("broken")
        .begin_object()
        .member("bot", broken.bot)
        .member("group", broken.group)
        .member("chat", broken.chat)
        .member("early", broken.early)
        .end_object()
        .member("broken_all", broken.all());
    return writer.end_object().take();
}

}  // namespace trunkline::sandbox
