#include "spool.hpp"

#include <algorithm>
#include <utility>

#include "base/ids.hpp"
#include "call/event.hpp"
#include "json/reader.hpp"

namespace trunkline::pbx_gateway {
namespace {

using namespace std::chrono_literals;

constexpr auto disk_limit = 10s;
constexpr std::size_t records_at_once = 64;
/// Of the last events before a state: those that it may not know. One add() is on its way at most.
constexpr std::size_t kept_tail = 1024;
constexpr json::Limits record_limits{.max_bytes = journal::max_payload, .max_depth = 32};

void write_event(json::Writer& writer, const pbx::WebhookEvent& event) {
    writer.begin_object()
        .member("seq", event.seq)
        .member("event", call::to_string(event.type))
        .member("at", base::format_iso8601(event.at))
        .member("recovered", event.recovered)
        .key("body")
        .raw(event.body)
        .end_object();
}

std::string events_text(const std::vector<pbx::WebhookEvent>& events) {
    json::Writer writer;
    writer.begin_object()
        .member("kept", base::format_iso8601(base::system_clock().now()))
        .key("events")
        .begin_array();
    for (const auto& event : events) {
        write_event(writer, event);
    }
    return writer.end_array().end_object().take();
}

void write_recording(json::Writer& writer, const Recording& recording) {
    writer.begin_object()
        .member("unique_id", recording.unique_id)
        .member("call", recording.call)
        .member("file", recording.file)
        .member("since", base::format_iso8601(recording.since))
        .end_object();
}

base::Result<pbx::WebhookEvent> event_of(json::View view) {
    json::Reader reader(view);
    pbx::WebhookEvent event;
    event.seq = static_cast<std::uint64_t>(reader.required_integer("seq"));
    const auto type = call::parse_event_type(reader.required_string("event"));
    const auto at = base::parse_iso8601(reader.required_string("at"));
    event.recovered = reader.required_bool("recovered");
    const auto body = reader.view("body");
    const auto complete = reader.finish();
    if (!complete || !type || !at || !body) {
        return base::fail(base::Errc::malformed, "an event of the spool cannot be read");
    }
    event.type = *type;
    event.at = *at;
    event.body = body->dump();
    return event;
}

base::Result<Recording> recording_of(json::View view) {
    json::Reader reader(view);
    Recording out;
    out.unique_id = reader.required_string("unique_id");
    out.call = reader.required_string("call");
    out.file = reader.required_string("file");
    const auto since = base::parse_iso8601(reader.required_string("since"));
    if (const auto complete = reader.finish(); !complete || !since) {
        return base::fail(base::Errc::malformed, "a recording of the spool cannot be read");
    }
    out.since = *since;
    return out;
}

/// When the events of a record were added; the exchange's own clock may be wrong.
base::WallTime kept_at(json::View root) {
    const auto kept = root.find("kept");
    return base::parse_iso8601(kept ? kept->string().value_or("") : "").value_or(base::WallTime());
}

std::vector<pbx::WebhookEvent> events_of(json::View root) {
    std::vector<pbx::WebhookEvent> out;
    if (const auto events = root.find("events")) {
        for (const auto each : events->elements()) {
            if (auto event = event_of(each)) {
                out.push_back(std::move(*event));
            }
        }
    }
    return out;
}

}  // namespace

Spool::Spool(const asio::any_io_executor& executor, journal::Settings settings)
    : journal_(executor, std::move(settings)),
      added_(executor),
      free_(executor),
      id_(base::make_uuid()) {}

asio::awaitable<base::Result<>> Spool::open() {
    const auto opened = journal_.open();
    if (!opened) {
        co_return opened;
    }
    for (;;) {
        const auto records = co_await journal_.read_after(left_, records_at_once);
        if (!records) {
            co_return std::unexpected(records.error());
        }
        if (records->empty()) {
            break;
        }
        for (const auto& record : *records) {
            left_ = record.sequence;
            const auto read = recover(record);
            if (!read) {
                base::Logger("pbx").error("spool: {}", base::describe(read.error()));
            }
        }
    }
    tail_.clear();
    co_return base::Result<>{};
}

/// A state may stand behind the last events that are not in it yet, and in front of none that are.
base::Result<> Spool::recover(const journal::Record& record) {
    const auto document = json::parse(record.payload, record_limits);
    if (!document) {
        return std::unexpected(document.error());
    }
    const auto root = document->root();
    if (const auto state = root.find("state")) {
        take_state(*state);
    }
    for (const auto& event : events_of(root)) {
        ++waiting_;
        if (event.seq >= next_seq_) {
            is_fresh_ = false;
            calls_.note(event);
            next_seq_ = event.seq + 1;
            tail_.push_back(event);
            if (tail_.size() > kept_tail) {
                tail_.pop_front();
            }
        }
    }
    if (const auto view = root.find("recording")) {
        auto recording = recording_of(*view);
        if (!recording) {
            return std::unexpected(recording.error());
        }
        if (std::ranges::find(recordings_, *recording) == recordings_.end()) {
            recordings_.push_back(std::move(*recording));
        }
    }
    return {};
}

void Spool::take_state(json::View state) {
    json::Reader reader(state);
    const auto id = reader.required_string("spool");
    const auto seq = static_cast<std::uint64_t>(reader.required_integer("seq"));
    if (!reader.finish()) {
        return;
    }
    id_ = id;
    is_fresh_ = false;
    const auto open = state.find("open");
    auto calls = open ? OpenCalls::read(*open) : base::fail(base::Errc::malformed, "no calls");
    if (calls) {
        calls_ = std::move(*calls);
    }
    next_seq_ = seq;
    for (const auto& event : tail_) {
        if (event.seq >= next_seq_) {
            calls_.note(event);
            next_seq_ = event.seq + 1;
        }
    }
    recordings_.clear();
    if (const auto list = state.find("recordings")) {
        for (const auto each : list->elements()) {
            if (auto recording = recording_of(each)) {
                recordings_.push_back(std::move(*recording));
            }
        }
    }
}

void Spool::replace(OpenCalls calls, std::uint64_t next_seq) {
    calls_ = std::move(calls);
    next_seq_ = next_seq;
    id_ = base::make_uuid();
    is_fresh_ = false;
    is_dirty_ = true;
}

asio::awaitable<void> Spool::close() { co_await journal_.close(); }

asio::awaitable<base::Result<>> Spool::append(std::string payload) {
    auto kept = co_await journal_.append(std::move(payload), net::deadline_in(disk_limit));
    co_return kept;
}

asio::awaitable<base::Result<>> Spool::add(std::vector<pbx::WebhookEvent> events) {
    while (is_adding_) {
        co_await free_.wait();
    }
    is_adding_ = true;
    auto seq = next_seq_;
    for (auto& event : events) {
        event.seq = seq++;
    }
    const auto kept = co_await append(events_text(events));
    is_adding_ = false;
    free_.notify();
    next_seq_ = seq;
    is_dirty_ = true;
    if (!kept) {
        co_return kept;
    }
    for (const auto& event : events) {
        calls_.note(event);
    }
    waiting_ += events.size();
    added_.notify();
    co_return base::Result<>{};
}

asio::awaitable<base::Result<>> Spool::add(Recording recording) {
    json::Writer writer;
    writer.begin_object().key("recording");
    write_recording(writer, recording);
    recordings_.push_back(std::move(recording));
    is_dirty_ = true;
    auto kept = co_await append(writer.end_object().take());
    co_return kept;
}

asio::awaitable<base::Result<std::vector<Spool::Item>>> Spool::next() {
    std::vector<Item> out;
    while (out.empty()) {
        const auto records = co_await journal_.read_after(reached_, records_at_once);
        if (!records) {
            co_return std::unexpected(records.error());
        }
        const auto before = reached_;
        take_items(*records, out);
        if (reached_ == before) {
            break;
        }
    }
    co_return out;
}

void Spool::take_items(const std::vector<journal::Record>& records, std::vector<Item>& out) {
    for (const auto& record : records) {
        const auto document = json::parse(record.payload, record_limits);
        auto events = document ? events_of(document->root()) : std::vector<pbx::WebhookEvent>{};
        if (!events.empty() && events.front().seq >= next_seq_ && record.sequence > left_) {
            return;  // add() has not heard yet that it is on the disk.
        }
        for (auto& event : events) {
            out.push_back(
                {.sequence = record.sequence,
                 .is_last = false,
                 .event = std::move(event),
                 .kept = kept_at(document->root()),
                 .again = record.sequence <= left_}
            );
        }
        if (!events.empty()) {
            out.back().is_last = true;
        }
        if (events.empty() && out.empty()) {
            reached_ = record.sequence;
        }
    }
}

asio::awaitable<void> Spool::wait(net::Deadline deadline) { co_await added_.wait_until(deadline); }

void Spool::done(std::uint64_t sequence, std::size_t events) {
    reached_ = std::max(reached_, sequence);
    waiting_ -= std::min<std::uint64_t>(waiting_, events);
    is_dirty_ = true;
}

std::string Spool::state_text(bool with_bridges) const {
    json::Writer writer;
    writer.begin_object()
        .key("state")
        .begin_object()
        .member("spool", id_)
        .member("seq", next_seq_)
        .key("open");
    calls_.write(writer, with_bridges);
    writer.key("recordings").begin_array();
    for (const auto& recording : recordings_) {
        write_recording(writer, recording);
    }
    return writer.end_array().end_object().end_object().take();
}

asio::awaitable<base::Result<>> Spool::checkpoint() {
    if (!std::exchange(is_dirty_, false)) {
        co_return base::Result<>{};
    }
    const auto upto = reached_;
    auto text = state_text(true);
    if (text.size() > journal::max_payload) {
        text = state_text(false);
    }
    const auto kept = co_await append(std::move(text));
    if (!kept) {
        is_dirty_ = true;
        co_return kept;
    }
    auto confirmed = co_await journal_.confirm(upto);
    co_return confirmed;
}

}  // namespace trunkline::pbx_gateway
