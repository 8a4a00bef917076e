#include "pbx/call_tracker.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <deque>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "base/text.hpp"
#include "call_book.hpp"
#include "channel_name.hpp"
#include "switchboard.hpp"

namespace trunkline::pbx {
namespace {

constexpr std::size_t most_learnt_trunks = 1000;
constexpr std::size_t most_remembered_dead = 8192;

std::string text(std::string_view view) { return std::string(view); }

std::string known(std::string_view number) {
    return is_unknown(number) ? std::string() : std::string(number);
}

/// `Timestamp: 1795235154.239411`, where the exchange stamps its events.
base::WallTime moment_of(const ami::Message& message, base::WallTime now) {
    const auto stamp = message.get("Timestamp");
    double seconds = 0;
    const auto [end, error] = std::from_chars(stamp.data(), stamp.data() + stamp.size(), seconds);
    if (stamp.empty() || error != std::errc{} || !(seconds > 1e9) || !(seconds < 1e11)) {
        return now;
    }
    return base::WallTime(std::chrono::microseconds(std::llround(seconds * 1e6)));
}

}  // namespace

class CallTracker::Impl {
public:
    explicit Impl(CallTrackerSettings settings)
        : settings_(std::move(settings)),
          trunks_(settings_.trunks.begin(), settings_.trunks.end()),
          book_(settings_) {}

    void take(const ami::Message& message, base::WallTime now) {
        if (message.kind() != ami::Message::Kind::event) {
            return;
        }
        const auto found = handlers().find(message.name());
        if (found != handlers().end()) {
            now_ = {.at = moment_of(message, now), .recovered = false};
            arrived_ = now;
            (this->*found->second)(message);
        }
    }

    void reconcile(
        std::span<const ami::StoredMessage> items, base::WallTime asked, base::WallTime now
    ) {
        now_ = {.at = now, .recovered = true};
        arrived_ = now;
        std::unordered_set<std::string_view> alive;
        for (const ami::StoredMessage& item : items) {
            alive.insert(item.view().get("Uniqueid"));
        }
        std::vector<Channel*> gone;
        board_.for_each([&](Channel& channel) {
            if (!alive.contains(channel.unique_id) && channel.heard <= asked) {
                gone.push_back(&channel);
            }
        });
        for (Channel* channel : gone) {
            end(*channel, "");
        }
        // Who began a call first, then phones, then trunks: so each finds its call as it is.
        for (const Rank rank : {Rank::root, Rank::phone, Rank::other}) {
            for (const ami::StoredMessage& item : items) {
                if (rank_of(item.view()) == rank) {
                    recover(item.view());
                }
            }
        }
        for (const ami::StoredMessage& item : items) {
            recover_bridge(item.view());
        }
    }

    void tick(base::WallTime now) {
        now_ = {.at = now, .recovered = true};
        arrived_ = now;
        std::vector<Channel*> lost;
        board_.for_each([&](Channel& channel) {
            if (now - channel.heard >= settings_.lost_after) {
                lost.push_back(&channel);
            }
        });
        for (Channel* channel : lost) {
            end(*channel, "");
        }
    }

    std::vector<WebhookEvent> take_events() { return book_.take_events(); }
    std::string call_of(std::string_view unique_id) const {
        const Channel* channel = board_.find(unique_id);
        return channel == nullptr ? "" : channel->call->root;
    }
    std::size_t channels() const { return board_.channels(); }
    std::size_t calls() const { return book_.size(); }
    std::size_t bridges() const { return board_.bridges(); }
    std::uint64_t ignored() const { return ignored_; }

private:
    using Message = ami::Message;
    using Handler = void (Impl::*)(const Message&);

    /// By the names of today and of old.
    static const std::unordered_map<std::string_view, Handler>& handlers() {
        static const std::unordered_map<std::string_view, Handler> all{
            {"Newchannel", &Impl::new_channel},
            {"Newstate", &Impl::new_state},
            {"NewCallerid", &Impl::new_state},
            {"Newcallerid", &Impl::new_state},
            {"DialBegin", &Impl::dial_begin},
            {"DialEnd", &Impl::dial_end},
            {"Dial", &Impl::old_dial},
            {"BridgeCreate", &Impl::bridge_create},
            {"BridgeEnter", &Impl::bridge_enter},
            {"BridgeLeave", &Impl::bridge_leave},
            {"BridgeMerge", &Impl::bridge_merge},
            {"BridgeDestroy", &Impl::bridge_destroy},
            {"Bridge", &Impl::old_bridge},
            {"Link", &Impl::old_bridge},
            {"Unlink", &Impl::old_unlink},
            {"ConfbridgeJoin", &Impl::conference_join},
            {"MeetmeJoin", &Impl::conference_join},
            {"LocalBridge", &Impl::local_bridge},
            {"ChanSpyStart", &Impl::spy_start},
            {"VarSet", &Impl::variable},
            {"MonitorStart", &Impl::nothing_new},
            {"MixMonitorStart", &Impl::nothing_new},
            {"Rename", &Impl::rename},
            {"Hangup", &Impl::hangup},
            {"Shutdown", &Impl::shutdown},
        };
        return all;
    }

    // ---- channels

    bool is_extension(std::string_view number) const {
        return is_digits(number) && number.size() >= settings_.shortest_extension &&
               number.size() <= settings_.longest_extension;
    }

    bool is_trunk_context(std::string_view context) const {
        return std::ranges::find(settings_.trunk_contexts, context) !=
               settings_.trunk_contexts.end();
    }

    void classify(Channel& channel, std::string_view number, std::string_view context) {
        const std::string endpoint(endpoint_of(channel.name));
        const auto phone = settings_.phones.find(endpoint);
        if (is_local(channel.name)) {
            channel.kind = ChannelKind::local;
        } else if (trunks_.contains(endpoint)) {
            channel.kind = ChannelKind::trunk;
        } else if (phone != settings_.phones.end()) {
            channel.number = phone->second;
        } else if (is_extension(endpoint)) {
            channel.number = endpoint;
        } else if (is_extension(number) && !is_trunk_context(context)) {
            channel.number = number;
        } else {
            channel.kind = ChannelKind::trunk;
            if (is_trunk_context(context) && trunks_.size() < most_learnt_trunks) {
                trunks_.insert(endpoint);
            }
        }
        if (channel.kind == ChannelKind::trunk) {
            channel.number = known(number);
        }
    }

    bool is_dead(std::string_view unique_id) const { return dead_.contains(text(unique_id)); }

    void bury(const std::string& unique_id) {
        dead_.insert(unique_id);
        dead_order_.push_back(unique_id);
        if (dead_order_.size() > most_remembered_dead) {
            dead_.erase(dead_order_.front());
            dead_order_.pop_front();
        }
    }

    /// The channel that an event speaks of by headers that begin with `prefix`; a new one if its
    /// beginning was not seen. Null: it has hung up, is no party of calls, or there are too many.
    Channel* channel_of(const Message& message, const std::string& prefix = "") {
        auto id = message.get(prefix + "Uniqueid");
        const auto name = message.get(prefix + "Channel");
        if (id.empty() || id == "<unknown>" || id == "<null>") {
            return nullptr;
        }
        Channel* channel = board_.find(id);
        if (channel == nullptr) {
            if (name.empty() || is_helper(name) || is_dead(id)) {
                return nullptr;
            }
            if (board_.channels() >= settings_.max_channels) {
                ++ignored_;
                return nullptr;
            }
            channel = &create(message, prefix);
        }
        channel->heard = arrived_;
        const auto linked = message.get(prefix + "Linkedid");
        if (!linked.empty() && linked != channel->call->id) {
            book_.move(*channel, text(linked), now_);
        }
        return channel;
    }

    Channel& create(const Message& message, const std::string& prefix) {
        Channel& channel = board_.add(
            text(message.get(prefix + "Uniqueid")), text(message.get(prefix + "Channel"))
        );
        const auto state = message.get(prefix + "ChannelState");
        channel.heard = arrived_;
        channel.exten = known(message.get(prefix + "Exten"));
        channel.shown_name = known(message.get(prefix + "CallerIDName"));
        channel.is_up = state == "6";
        classify(channel, message.get(prefix + "CallerIDNum"), message.get(prefix + "Context"));
        const auto linked = message.get(prefix + "Linkedid");
        Call& call = book_.of(linked.empty() ? channel.unique_id : text(linked), now_);
        channel.call = &call;
        ++call.members;
        // Who dials comes ringing; whom the exchange calls by itself begins down.
        const bool is_called = state == "0" || state == "1";
        if (call.root == channel.unique_id && is_called && channel.kind != ChannelKind::local) {
            call.is_originated = true;
        }
        book_.began(channel, now_);
        return channel;
    }

    void new_channel(const Message& message) { channel_of(message); }

    void nothing_new(const Message&) {}

    void new_state(const Message& message) {
        Channel* channel = channel_of(message);
        if (channel == nullptr) {
            return;
        }
        const auto state = message.get("ChannelState");
        channel->is_up = channel->is_up || state == "6";
        // A phone's caller id may be the company's number by now; that of a trunk is who is there.
        const auto number = message.get("CallerIDNum");
        if (channel->kind == ChannelKind::trunk && channel->number.empty()) {
            channel->number = known(number);
        }
        if (channel->shown_name.empty()) {
            channel->shown_name = known(message.get("CallerIDName"));
        }
    }

    void rename(const Message& message) {
        if (Channel* channel = board_.find(message.get("Uniqueid"))) {
            const auto name = message.get("Newname");
            if (!name.empty()) {
                board_.rename(*channel, text(name));
            }
        }
    }

    void variable(const Message& message) {
        if (message.get("Variable") != "MIXMONITOR_FILENAME") {
            return;
        }
        if (Channel* channel = board_.find(message.get("Uniqueid"))) {
            channel->call->recording = message.get("Value").substr(0, 512);
        }
    }

    void spy_start(const Message& message) {
        if (Channel* channel = channel_of(message, "Spyer")) {
            channel->is_spy = true;
            channel->call->is_silent = channel->call->is_silent || !channel->call->is_told;
            look_at({channel});
        }
    }

    // ---- dials

    void dial_begin(const Message& message) {
        Channel* from = channel_of(message);
        Channel* to = channel_of(message, "Dest");
        if (to != nullptr) {
            book_.dialled(from, *to, message.get("DialString"), now_);
        }
    }

    /// A pickup: the answerer was never rung.
    void dial_end(const Message& message) {
        channel_of(message, "Dest");
        channel_of(message);
    }

    /// Up to Asterisk 11: one event, with a SubEvent or without.
    void old_dial(const Message& message) {
        if (base::equals_ignoring_case(message.get("SubEvent"), "End")) {
            return;
        }
        auto from_id = message.find("SrcUniqueID").value_or(message.get("UniqueID"));
        Channel* from = board_.find(from_id);
        Channel* to = board_.find(message.get("DestUniqueID"));
        if (to == nullptr) {
            return;
        }
        if (from != nullptr && from->call != to->call) {
            book_.move(*to, from->call->id, now_);
        }
        book_.dialled(from, *to, message.get("Dialstring"), now_);
    }

    // ---- bridges

    /// Works out anew who talks with whom around these channels.
    void look_at(const std::vector<Channel*>& around) {
        std::vector<Channel*> seen;
        for (Channel* channel : around) {
            if (std::ranges::find(seen, channel) != seen.end()) {
                continue;
            }
            const auto connected = board_.connected_with(*channel);
            seen.insert(seen.end(), connected.begin(), connected.end());
            book_.connected(connected, board_, now_);
        }
    }

    void describe(const std::string& id, const Message& message) {
        Bridge& bridge = board_.bridge(id);
        const auto technology = message.get("BridgeTechnology");
        bridge.is_holding = bridge.is_holding || technology == "holding_bridge" ||
                            message.get("BridgeType") == "parking";
        const auto creator = message.get("BridgeCreator");
        bridge.is_conference = bridge.is_conference || creator == "ConfBridge";
    }

    void bridge_create(const Message&) {}

    void bridge_enter(const Message& message) {
        Channel* channel = channel_of(message);
        const std::string id = text(message.get("BridgeUniqueid"));
        if (channel == nullptr || id.empty()) {
            return;
        }
        channel->is_up = true;
        if (channel->bridge == id) {
            return;
        }
        const auto left = board_.neighbours(*channel);
        board_.leave(*channel);
        look_at(left);
        describe(id, message);
        board_.enter(*channel, id);
        // A bridge may turn into another kind while people are in it.
        look_at(board_.bridge(id).members);
    }

    void leave(Channel& channel) {
        auto left = board_.neighbours(channel);
        board_.leave(channel);
        left.insert(left.begin(), &channel);
        look_at(left);
    }

    void bridge_leave(const Message& message) {
        Channel* channel = channel_of(message);
        if (channel != nullptr && channel->bridge == message.get("BridgeUniqueid")) {
            leave(*channel);
        }
    }

    void bridge_merge(const Message& message) {
        const std::string from = text(message.get("FromBridgeUniqueid"));
        const std::string to = text(message.get("ToBridgeUniqueid"));
        const Bridge* bridge = board_.find_bridge(from);
        if (bridge == nullptr || to.empty() || from == to) {
            return;
        }
        const auto members = bridge->members;
        for (Channel* member : members) {
            board_.enter(*member, to);
        }
        look_at(members);
    }

    void bridge_destroy(const Message& message) {
        const std::string id = text(message.get("BridgeUniqueid"));
        const Bridge* bridge = board_.find_bridge(id);
        if (bridge != nullptr) {
            const auto members = bridge->members;
            board_.destroy(id);
            look_at(members);
        }
    }

    void conference_join(const Message& message) {
        const auto number = message.find("Conference").value_or(message.get("Meetme"));
        Channel* channel = channel_of(message);
        std::string id = text(message.get("BridgeUniqueid"));
        if (id.empty()) {
            id = "meetme:" + text(number);
        }
        if (channel == nullptr) {
            return;
        }
        if (channel->bridge != id) {
            leave(*channel);
        }
        board_.enter(*channel, id);
        Bridge& bridge = board_.bridge(id);
        bridge.is_conference = true;
        bridge.conference = number;
        look_at({channel});
    }

    void local_bridge(const Message& message) {
        Channel* one = channel_of(message, "LocalOne");
        Channel* two = channel_of(message, "LocalTwo");
        if (one != nullptr && two != nullptr) {
            look_at({one});
        }
    }

    /// Up to Asterisk 11: pairs.
    void old_bridge(const Message& message) {
        Channel* one = board_.find(message.get("Uniqueid1"));
        Channel* two = board_.find(message.get("Uniqueid2"));
        if (base::equals_ignoring_case(message.get("Bridgestate"), "Unlink")) {
            old_unlink(message);
            return;
        }
        if (one == nullptr || two == nullptr || one == two) {
            return;
        }
        one->is_up = two->is_up = true;
        if (!one->bridge.empty() && one->bridge == two->bridge) {
            return;
        }
        leave(*one);
        leave(*two);
        const std::string id = "pair:" + one->unique_id;
        board_.enter(*one, id);
        board_.enter(*two, id);
        look_at({one});
    }

    void old_unlink(const Message& message) {
        for (const char* header : {"Uniqueid1", "Uniqueid2"}) {
            Channel* channel = board_.find(message.get(header));
            if (channel != nullptr && channel->bridge.starts_with("pair:")) {
                leave(*channel);
            }
        }
    }

    // ---- ends

    void hangup(const Message& message) {
        const auto id = message.get("Uniqueid");
        if (Channel* channel = board_.find(id)) {
            channel_of(message);  // Its last Linkedid.
            end(*channel, message.get("Cause"));
        } else if (!id.empty()) {
            bury(text(id));
        }
    }

    void end(Channel& channel, std::string_view cause) {
        auto left = board_.neighbours(channel);
        board_.leave(channel);
        bury(channel.unique_id);
        if (channel.kind == ChannelKind::local) {  // Connects its other half until it is gone.
            book_.hung_up(channel, cause, now_);
            board_.remove(channel);
            look_at(left);
            return;
        }
        left.insert(left.begin(), &channel);
        look_at(left);
        book_.hung_up(channel, cause, now_);
        board_.remove(channel);
    }

    void shutdown(const Message&) {
        std::vector<Channel*> all;
        board_.for_each([&](Channel& channel) { all.push_back(&channel); });
        for (Channel* channel : all) {
            end(*channel, "");
        }
    }

    // ---- after a gap

    enum class Rank { root, phone, other };

    Rank rank_of(const Message& item) const {
        if (item.get("Uniqueid") == item.get("Linkedid")) {
            return Rank::root;
        }
        const auto endpoint = endpoint_of(item.get("Channel"));
        const bool is_phone = is_extension(endpoint) || settings_.phones.contains(text(endpoint));
        return is_phone ? Rank::phone : Rank::other;
    }

    void recover(const Message& item) {
        const bool is_new = board_.find(item.get("Uniqueid")) == nullptr;
        Channel* channel = channel_of(item);
        if (channel == nullptr) {
            return;
        }
        channel->is_up = item.get("ChannelState") == "6";
        const bool is_root = channel->call->root == channel->unique_id;
        if (is_new && !is_root) {
            Channel* root = board_.find(channel->call->root);
            book_.dialled(root, *channel, item.get("CallerIDNum"), now_);
        }
    }

    void recover_bridge(const Message& item) {
        Channel* channel = board_.find(item.get("Uniqueid"));
        if (channel == nullptr) {
            return;
        }
        const std::string id = text(item.get("BridgeId"));
        if (id.empty()) {
            leave(*channel);
        } else if (id != channel->bridge) {
            leave(*channel);
            Bridge& bridge = board_.bridge(id);
            const auto application = item.get("Application");
            bridge.is_holding =
                bridge.is_holding || application == "Parked Call" || application == "Park";
            if (application == "ConfBridge") {
                bridge.is_conference = true;
                bridge.conference =
                    item.get("ApplicationData").substr(0, item.get("ApplicationData").find(','));
            }
            board_.enter(*channel, id);
            look_at({channel});
        }
    }

    CallTrackerSettings settings_;
    std::unordered_set<std::string> trunks_;  ///< Told and learnt.
    Switchboard board_;
    CallBook book_;
    Now now_;                               ///< Of what is told.
    base::WallTime arrived_;                ///< On our clock, which silence is measured by.
    std::unordered_set<std::string> dead_;  ///< Late events raise nobody.
    std::deque<std::string> dead_order_;
    std::uint64_t ignored_ = 0;
};

CallTracker::CallTracker(CallTrackerSettings settings)
    : impl_(std::make_unique<Impl>(std::move(settings))) {}

CallTracker::~CallTracker() = default;
CallTracker::CallTracker(CallTracker&&) noexcept = default;
CallTracker& CallTracker::operator=(CallTracker&&) noexcept = default;

std::vector<WebhookEvent> CallTracker::take(const ami::Message& message, base::WallTime now) {
    impl_->take(message, now);
    return impl_->take_events();
}

std::vector<WebhookEvent> CallTracker::reconcile(
    std::span<const ami::StoredMessage> channels, base::WallTime asked, base::WallTime now
) {
    impl_->reconcile(channels, asked, now);
    return impl_->take_events();
}

std::vector<WebhookEvent> CallTracker::tick(base::WallTime now) {
    impl_->tick(now);
    return impl_->take_events();
}

std::string CallTracker::call_of(std::string_view unique_id) const {
    return impl_->call_of(unique_id);
}
std::size_t CallTracker::channels() const { return impl_->channels(); }
std::size_t CallTracker::calls() const { return impl_->calls(); }
std::size_t CallTracker::bridges() const { return impl_->bridges(); }
std::uint64_t CallTracker::ignored() const { return impl_->ignored(); }

}  // namespace trunkline::pbx
