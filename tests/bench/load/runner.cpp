#include "runner.hpp"

#include <fmt/format.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

namespace trunkline::bench {
namespace {

constexpr auto longest_answer = std::chrono::seconds(10);
constexpr std::size_t most_events = 256;

timespec to_timespec(std::chrono::nanoseconds duration) {
    const auto seconds = std::chrono::duration_cast<std::chrono::seconds>(duration);
    return {
        .tv_sec = static_cast<time_t>(seconds.count()),
        .tv_nsec = static_cast<long>((duration - seconds).count())
    };
}

}  // namespace

Runner::Runner(LoadOptions options, std::vector<CallPattern> patterns)
    : options_(options), patterns_(std::move(patterns)), epoll_(::epoll_create1(EPOLL_CLOEXEC)) {
    if (epoll_ < 0) {
        throw std::system_error(errno, std::generic_category(), "epoll");
    }
}

Runner::~Runner() { ::close(epoll_); }

LoadReport Runner::run() {
    open_all();
    begin_ = Clock::now();
    counted_from_ = begin_ + options_.warm_up;
    end_ = counted_from_ + options_.duration;
    if (options_.rate == 0) {
        for (const auto& player : std::exchange(idle_, {})) {
            send_next(*player, Clock::now());
        }
    }
    for (auto now = begin_; now < end_; now = Clock::now()) {
        auto wake = end_;
        if (options_.rate > 0) {
            send_what_is_due(now);
            const auto next =
                std::chrono::duration<double>(static_cast<double>(due_sent_ + 1) / options_.rate);
            // With every connection busy, only an answer lets the next event go.
            if (!idle_.empty()) {
                wake = begin_ + std::chrono::duration_cast<Clock::duration>(next);
            }
        }
        wait_and_handle(std::min(wake, end_));
    }
    is_ending_ = true;
    const auto last = Clock::now() + longest_answer;
    while (has_outstanding() && Clock::now() < last) {
        wait_and_handle(last);
    }
    for (const auto& player : players_) {
        if (player->connection.is_busy()) {
            ++report_.failed;
            report_.first_failure = "no answer for 10 seconds";
        }
    }
    report_.seconds = std::chrono::duration<double>(options_.duration).count();
    return std::move(report_);
}

void Runner::open_all() {
    for (std::size_t i = 0; i < options_.connections; ++i) {
        players_.push_back(std::make_unique<Player>(options_.port));
        players_.back()->connection.open();
        watch(*players_.back());
        idle_.push_back(players_.back().get());
    }
}

void Runner::watch(Player& player) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &player;
    if (::epoll_ctl(epoll_, EPOLL_CTL_ADD, player.connection.descriptor(), &event) != 0) {
        throw std::system_error(errno, std::generic_category(), "epoll_ctl");
    }
}

void Runner::start_call(Player& player) {
    const auto number = calls_++;
    // Mixed, so that an enterprise gets calls of all kinds.
    const auto mixed = (number * 2654435761U) >> 16U;
    player.pattern = &patterns_[mixed % patterns_.size()];
    player.next_event = 0;
    player.values = {
        .number = number,
        .run = options_.run,
        .enterprise = static_cast<std::uint32_t>(number % options_.enterprises)
    };
}

void Runner::send_next(Player& player, Clock::time_point counts_from) {
    if (player.pattern == nullptr || player.next_event == player.pattern->size()) {
        start_call(player);
    }
    (*player.pattern)[player.next_event++].render(player.values, request_);
    if (!player.connection.send(request_, counts_from)) {
        fail(player, "a request could not be sent");
    }
}

void Runner::send_what_is_due(Clock::time_point now) {
    const auto passed = std::chrono::duration<double>(now - begin_).count();
    const auto due = static_cast<std::uint64_t>(passed * options_.rate);
    while (due_sent_ < due && !idle_.empty()) {
        ++due_sent_;
        const auto at =
            std::chrono::duration<double>(static_cast<double>(due_sent_) / options_.rate);
        auto* player = idle_.front();
        idle_.pop_front();
        send_next(*player, begin_ + std::chrono::duration_cast<Clock::duration>(at));
    }
}

void Runner::wait_and_handle(Clock::time_point until) {
    std::array<epoll_event, most_events> events;
    const auto left = std::max(until - Clock::now(), Clock::duration::zero());
    const auto timeout = to_timespec(left);
    const int ready = ::epoll_pwait2(epoll_, events.data(), most_events, &timeout, nullptr);
    for (int i = 0; i < ready; ++i) {
        on_ready(*static_cast<Player*>(events[static_cast<std::size_t>(i)].data.ptr));
    }
}

void Runner::on_ready(Player& player) {
    const auto state = player.connection.receive();
    if (state == AnswerReader::State::more) {
        return;
    }
    if (state == AnswerReader::State::broken) {
        fail(player, "a connection was closed or its answer cannot be read");
        return;
    }
    const auto now = Clock::now();
    count_answer(player, now);
    if (is_ending_) {
        return;
    }
    if (options_.rate == 0) {
        send_next(player, now);
    } else {
        idle_.push_back(&player);
    }
}

void Runner::count_answer(const Player& player, Clock::time_point now) {
    const auto& answer = player.connection.answer();
    ++report_.statuses[answer.status()];
    if (answer.status() < 200 || answer.status() > 299) {
        ++report_.failed;
        if (report_.first_failure.empty()) {
            report_.first_failure = fmt::format("{} {}", answer.status(), answer.body());
        }
        return;
    }
    ++report_.all_ok;
    if (answer.body().find("\"duplicate\":true") != std::string_view::npos) {
        ++report_.duplicates;
    }
    if (now >= counted_from_ && now < end_) {
        ++report_.counted_ok;
        report_.latencies.add(now - player.connection.counts_from());
    }
}

void Runner::fail(Player& player, const std::string& why) {
    // An idle connection that is closed loses no event.
    if (player.connection.is_busy()) {
        ++report_.failed;
        if (report_.first_failure.empty()) {
            report_.first_failure = why;
        }
    }
    std::erase(idle_, &player);
    player.connection.close();
    if (is_ending_) {
        return;
    }
    player.connection.open();
    watch(player);
    if (options_.rate == 0) {
        send_next(player, Clock::now());
    } else {
        idle_.push_back(&player);
    }
}

bool Runner::has_outstanding() const {
    return std::ranges::any_of(players_, [](const auto& player) {
        return player->connection.is_busy();
    });
}

}  // namespace trunkline::bench
