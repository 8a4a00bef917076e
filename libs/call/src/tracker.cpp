#include "call/tracker.hpp"

#include <algorithm>
#include <cstdint>
#include <set>
#include <stdexcept>
#include <tuple>
#include <unordered_map>
#include <utility>

#include "call/number.hpp"
#include "compose.hpp"
#include "derive.hpp"
#include "fact.hpp"
#include "numbering.hpp"
#include "routing.hpp"

namespace trunkline::call {
namespace {

/// A call with more events than that is a loop of the exchange. Starts, dials and hangups are still
/// taken for a while.
constexpr std::size_t most_facts = 400;
constexpr std::size_t most_main_facts = 600;

struct Entry {
    LiveCall live;
    Derived derived;
    std::uint64_t serial = 0;
    std::optional<base::WallTime> due;
    bool findable = true;  ///< By number; false when it ended too long ago.
    std::vector<std::string> ids;
    std::vector<std::string> bridges;
    std::vector<std::string> phones;
    std::vector<std::string> internals;
    std::vector<std::string> absorbed;  ///< To be told with the next change.
};

std::string scoped(const std::string& pbx, std::string_view key) {
    std::string text = pbx;
    text += '\x1f';
    text += key;
    return text;
}

/// From a key to those who have it, in order of arrival.
class Index {
public:
    void add(const std::string& key, Entry* entry) { lists_[key].push_back(entry); }

    void remove(const std::string& key, Entry* entry) {
        const auto found = lists_.find(key);
        if (found == lists_.end()) {
            return;
        }
        std::erase(found->second, entry);
        if (found->second.empty()) {
            lists_.erase(found);
        }
    }

    const std::vector<Entry*>& find(const std::string& key) const {
        static const std::vector<Entry*> nobody;
        const auto found = lists_.find(key);
        return found == lists_.end() ? nobody : found->second;
    }

private:
    std::unordered_map<std::string, std::vector<Entry*>> lists_;
};

/// The younger call first; never undecided.
bool is_younger(const Entry& a, const Entry& b) {
    return std::make_tuple(a.live.facts.front().at, a.serial) >
           std::make_tuple(b.live.facts.front().at, b.serial);
}

}  // namespace

class Tracker::Impl {
public:
    explicit Impl(TrackerSettings settings) : settings_(std::move(settings)) {
        if (!settings_.make_uuid) {
            throw std::invalid_argument("call::Tracker needs make_uuid");
        }
    }

    std::vector<Change> apply(const Event& event) {
        clock_ = std::max(clock_, event.received);
        std::vector<Change> changes;
        if (event.type == EventType::bridge_create) {
            return changes;  // Says nothing that the first bridge does not.
        }
        Fact fact = make_fact(event, settings_.timezone);
        hide_lines(fact);
        numbering_.write(fact);
        Entry* home = route(fact, event.pbx, changes);
        if (home == nullptr) {
            return changes;
        }
        numbering_.write_for(fact, home->live);
        if (accept(*home, std::move(fact))) {
            changes.push_back(refresh(*home, event.recovered));
            absorb_mobiles(*home, changes);
        }
        return changes;
    }

    std::vector<Change> tick(base::WallTime now) {
        clock_ = std::max(clock_, now);
        std::vector<Change> changes;
        while (!timers_.empty() && std::get<0>(*timers_.begin()) <= clock_) {
            expire(*std::get<2>(*timers_.begin()), changes);
        }
        return changes;
    }

    std::optional<base::WallTime> next_timer() const {
        if (timers_.empty()) {
            return std::nullopt;
        }
        return std::get<0>(*timers_.begin());
    }

    std::optional<Change> set_record_url(std::string_view uuid, std::string url) {
        Entry* entry = find(uuid);
        if (entry == nullptr || entry->live.call.record_url == url) {
            return std::nullopt;
        }
        const Call before = entry->live.call;
        entry->live.call.record_url = url;
        entry->derived.call.record_url = std::move(url);
        ++entry->live.call.revision;
        Change change;
        change.call = entry->live.call;
        change.previous = before.phase;
        change.recording = before.phase != Phase::none;
        return change;
    }

    void restore(LiveCall live) {
        if (live.facts.empty() || find(live.call.uuid) != nullptr) {
            throw std::invalid_argument("call::Tracker: cannot restore " + live.call.uuid);
        }
        const base::WallTime checked_at = live.checked_at;
        Entry& entry = adopt(std::move(live));
        clock_ = std::max(clock_, checked_at);
        for (const Fact& fact : entry.live.facts) {
            learn_ids(entry, fact);
        }
        entry.derived = derive(entry.live, settings_.timers, checked_at);
        reindex(entry);
        schedule(entry);
    }

    Entry* find(std::string_view uuid) const {
        const auto found = entries_.find(std::string(uuid));
        return found == entries_.end() ? nullptr : found->second.get();
    }

    const std::unordered_map<std::string, std::unique_ptr<Entry>>& entries() const {
        return entries_;
    }

private:
    // ---- which call

    /// None if the event opens nothing. Joins calls that turn out to be one.
    Entry* route(const Fact& fact, const std::string& pbx, std::vector<Change>& changes) {
        Entry* by_id = owner(ids_, pbx, fact.unique_id);
        Entry* by_bridge = owner(bridges_, pbx, fact.bridge_id);
        if (by_id != nullptr && by_bridge != nullptr && by_id != by_bridge) {
            return reconcile(*by_id, *by_bridge, fact, changes);
        }
        Entry* known = by_id != nullptr ? by_id : by_bridge;
        if (known != nullptr && !is_waiting_leg(*known)) {
            return known;
        }
        Entry* found = by_numbers(fact, pbx);
        if (known != nullptr && found != nullptr && found != known) {
            merge(*found, *known);
        }
        if (found != nullptr || known != nullptr) {
            return found != nullptr ? found : known;
        }
        return fact.type == EventType::new_callerid ? nullptr : &open(fact, pbx);
    }

    /// A leave or leg that waits for its call; its numbers may lead there by now.
    static bool is_waiting_leg(const Entry& entry) {
        return entry.live.call.phase == Phase::none && !is_anchored(entry.derived);
    }

    static Entry* owner(
        const std::unordered_map<std::string, Entry*>& map,
        const std::string& pbx,
        const std::string& id
    ) {
        if (id.empty()) {
            return nullptr;
        }
        const auto found = map.find(scoped(pbx, id));
        return found == map.end() ? nullptr : found->second;
    }

    /// One event names two calls. Unless both are calls of their own they are one.
    Entry* reconcile(
        Entry& by_id, Entry& by_bridge, const Fact& fact, std::vector<Change>& changes
    ) {
        if (is_anchored(by_id.derived) && is_anchored(by_bridge.derived)) {
            move_bridge(by_bridge, by_id, fact.bridge_id, changes);
            return &by_id;
        }
        Entry& kept = survivor(by_id, by_bridge);
        merge(kept, &kept == &by_id ? by_bridge : by_id);
        return &kept;
    }

    static Entry& survivor(Entry& a, Entry& b) {
        const auto merit = [](const Entry& entry) {
            return std::make_tuple(
                entry.live.call.phase != Phase::none,
                entry.derived.roles.external,
                is_anchored(entry.derived)
            );
        };
        if (merit(a) != merit(b)) {
            return merit(a) > merit(b) ? a : b;
        }
        return is_younger(a, b) ? b : a;
    }

    void merge(Entry& kept, Entry& gone) {
        for (Fact& fact : gone.live.facts) {
            give_ids(gone, kept, fact);
            insert_fact(kept.live.facts, std::move(fact));
        }
        kept.live.opened_at = std::min(kept.live.opened_at, gone.live.opened_at);
        kept.live.last_event_at = std::max(kept.live.last_event_at, gone.live.last_event_at);
        kept.live.overflown = kept.live.overflown || gone.live.overflown;
        kept.live.call.revision = std::max(kept.live.call.revision, gone.live.call.revision);
        kept.absorbed.push_back(gone.live.call.uuid);
        kept.absorbed.insert(kept.absorbed.end(), gone.absorbed.begin(), gone.absorbed.end());
        forget(gone);
        numbering_.settle(kept.live);
        kept.derived = derive(kept.live, settings_.timers, clock_);
        reindex(kept);
    }

    /// A bridge was put to `from` by a guess, and belongs to `to`: its events move over, unless
    /// they are `from`'s own.
    void move_bridge(
        Entry& from, Entry& to, const std::string& bridge, std::vector<Change>& changes
    ) {
        std::vector<std::string> ids;
        std::vector<std::string> bridges{bridge};
        const auto belongs = [&](const Fact& fact) {
            return (!fact.bridge_id.empty() && contains(bridges, fact.bridge_id)) ||
                   (!fact.unique_id.empty() && contains(ids, fact.unique_id));
        };
        for (bool grew = true; grew;) {
            grew = false;
            for (const Fact& fact : from.live.facts) {
                if (belongs(fact)) {
                    grew = (!fact.unique_id.empty() && add_once(ids, fact.unique_id)) || grew;
                    grew = (!fact.bridge_id.empty() && add_once(bridges, fact.bridge_id)) || grew;
                }
            }
        }
        const Roles& roles = from.derived.roles;
        const bool own = std::ranges::any_of(from.live.facts, [&](const Fact& fact) {
            return belongs(fact) &&
                   (fact.type == EventType::start || fact.type == EventType::dial ||
                    (fact.type == EventType::hangup && roles.is_main_hangup(fact)));
        });
        if (own || std::ranges::all_of(from.live.facts, belongs)) {
            return;
        }
        std::vector<Fact> kept;
        for (Fact& fact : std::exchange(from.live.facts, {})) {
            if (!belongs(fact)) {
                kept.push_back(std::move(fact));
                continue;
            }
            give_ids(from, to, fact);
            insert_fact(to.live.facts, std::move(fact));
        }
        from.live.facts = std::move(kept);
        numbering_.settle(from.live);
        numbering_.settle(to.live);
        changes.push_back(refresh(from, false));
    }

    Entry* by_numbers(const Fact& fact, const std::string& pbx) {
        if (Entry* found = by_outside(fact, pbx)) {
            return found;
        }
        const auto pair = internal_pair(fact);
        if (!pair) {
            return nullptr;
        }
        const Timers& timers = settings_.timers;
        Entry* consulting = nullptr;
        Entry* paired = nullptr;
        std::set<const Entry*> conversations;
        for (const std::string& number : {pair->first, pair->second}) {
            for (Entry* entry : internals_.find(scoped(pbx, number))) {
                if (fits_consultation(fact, *pair, entry->derived, timers)) {
                    prefer_younger(consulting, entry);
                    if (entry->derived.call.phase == Phase::talking) {
                        conversations.insert(entry);
                    }
                }
                if (fits_pair(fact, *pair, entry->live, entry->derived, timers)) {
                    prefer_younger(paired, entry);
                }
            }
        }
        // Of a phone that talks in several calls at once nobody can say for which it consults.
        const bool is_consultation = consulting != nullptr && conversations.size() <= 1;
        return is_consultation ? consulting : paired;
    }

    static void prefer_younger(Entry*& best, Entry* entry) {
        if (best == nullptr || is_younger(*entry, *best)) {
            best = entry;
        }
    }

    Entry* by_outside(const Fact& fact, const std::string& pbx) {
        Entry* best = nullptr;
        int best_affinity = -1;
        bool undecided = false;
        for (const auto& variant : numbering_.variants(fact)) {
            const Fact& read = variant.fact;
            for (const std::string& key : outside_keys(read)) {
                for (Entry* entry : phones_.find(scoped(pbx, key))) {
                    if (entry == best || !numbering_.is_variant_of(variant, entry->live) ||
                        !fits_outside(read, entry->live, entry->derived, settings_.timers)) {
                        continue;
                    }
                    const int fit = is_membership(read) ? affinity(read, entry->derived) : 0;
                    undecided = fit == best_affinity || (undecided && fit < best_affinity);
                    if (fit > best_affinity ||
                        (fit == best_affinity && is_younger(*entry, *best))) {
                        best = entry;
                        best_affinity = fit;
                    }
                }
            }
        }
        // A leg that fits two calls alike waits for its partner, whose UniqueId decides.
        return undecided && is_membership(fact) && !fact.bridge_id.empty() ? nullptr : best;
    }

    Entry& open(const Fact& fact, const std::string& pbx) {
        LiveCall live;
        live.call.uuid = settings_.make_uuid();
        live.call.pbx = pbx;
        live.opened_at = fact.received;
        live.last_event_at = fact.received;
        return adopt(std::move(live));
    }

    Entry& adopt(LiveCall live) {
        auto entry = std::make_unique<Entry>();
        entry->live = std::move(live);
        entry->serial = ++serial_;
        Entry& adopted = *entry;
        entries_.emplace(adopted.live.call.uuid, std::move(entry));
        return adopted;
    }

    // ---- taking in

    // A line that does not look like one is no party either.
    void hide_lines(Fact& fact) const {
        for (std::string* number : {&fact.own, &fact.other}) {
            if (!number->empty() && settings_.lines.contains(*number)) {
                number->clear();
            }
        }
    }

    /// False if the event changes nothing.
    bool accept(Entry& entry, Fact fact) {
        LiveCall& live = entry.live;
        const bool is_main = fact.type == EventType::start || fact.type == EventType::dial ||
                             fact.type == EventType::hangup;
        if (live.facts.size() >= (is_main ? most_main_facts : most_facts)) {
            const bool news = !live.overflown;
            live.overflown = true;
            return news;
        }
        const base::WallTime received = fact.received;
        learn_ids(entry, fact);
        if (!insert_fact(live.facts, std::move(fact)) && entry.absorbed.empty()) {
            return false;
        }
        numbering_.settle(live);
        live.opened_at = std::min(live.opened_at, received);
        live.last_event_at = std::max(live.last_event_at, received);
        return true;
    }

    void learn_ids(Entry& entry, const Fact& fact) {
        learn(ids_, entry, entry.ids, fact.unique_id);
        learn(bridges_, entry, entry.bridges, fact.bridge_id);
    }

    static void learn(
        std::unordered_map<std::string, Entry*>& map,
        Entry& entry,
        std::vector<std::string>& known,
        const std::string& id
    ) {
        if (!id.empty() && add_once(known, scoped(entry.live.call.pbx, id))) {
            map.try_emplace(known.back(), &entry);
        }
    }

    void give_ids(Entry& from, Entry& to, const Fact& fact) {
        const std::string& pbx = from.live.call.pbx;
        give(ids_, from, from.ids, scoped(pbx, fact.unique_id));
        give(bridges_, from, from.bridges, scoped(pbx, fact.bridge_id));
        learn_ids(to, fact);
    }

    static void give(
        std::unordered_map<std::string, Entry*>& map,
        Entry& from,
        std::vector<std::string>& known,
        const std::string& key
    ) {
        std::erase(known, key);
        const auto found = map.find(key);
        if (found != map.end() && found->second == &from) {
            map.erase(found);
        }
    }

    /// The mobile of a group has an outbound call of its own on the exchange; if its dial came
    /// first it was taken for one.
    void absorb_mobiles(Entry& home, std::vector<Change>& changes) {
        bool merged = false;
        for (const std::string& mobile : std::vector<std::string>(home.derived.roles.mobiles)) {
            const std::string key = scoped(home.live.call.pbx, mobile);
            for (Entry* entry : std::vector<Entry*>(phones_.find(key))) {
                if (entry != &home && is_leg_to(mobile, *entry, home)) {
                    merge(home, *entry);
                    merged = true;
                }
            }
        }
        if (merged) {
            changes.push_back(refresh(home, false));
        }
    }

    bool is_leg_to(const std::string& mobile, const Entry& leg, const Entry& home) const {
        const Roles& roles = leg.derived.roles;
        if (roles.phone_key != mobile || roles.has_start || leg.derived.closed_at ||
            roles.direction == Direction::in) {
            return false;
        }
        const Fact& first = leg.live.facts.front();
        return std::ranges::any_of(home.live.facts, [&](const Fact& fact) {
            return fact.type == EventType::dial && contains(fact.extensions, first.own) &&
                   first.at + settings_.timers.reorder >= fact.at &&
                   first.at <= fact.at + settings_.timers.quiet;
        });
    }

    // ---- what came of it

    Change refresh(Entry& entry, bool recovered) {
        entry.derived = derive(entry.live, settings_.timers, clock_);
        Change change = compose(entry.live, entry.derived, settings_.timers, clock_, recovered);
        change.absorbed = std::exchange(entry.absorbed, {});
        reindex(entry);
        schedule(entry);
        return change;
    }

    /// What ended long ago is found by its ids alone: numbers come again in other calls.
    bool is_findable(const LiveCall& live, base::WallTime now) const {
        const bool done = live.call.phase == Phase::done && live.told_end;
        return !done || now < *live.told_end + settings_.timers.reopen;
    }

    void reindex(Entry& entry) {
        entry.findable = is_findable(entry.live, clock_);
        replace_keys(
            phones_,
            entry,
            entry.phones,
            entry.findable ? phone_keys_of(entry.live, entry.derived) : std::vector<std::string>()
        );
        replace_keys(
            internals_,
            entry,
            entry.internals,
            entry.findable ? internal_keys_of(entry.derived) : std::vector<std::string>()
        );
    }

    static void replace_keys(
        Index& index, Entry& entry, std::vector<std::string>& known, std::vector<std::string> keys
    ) {
        for (std::string& key : keys) {
            key = scoped(entry.live.call.pbx, key);
        }
        for (const std::string& key : known) {
            if (!contains(keys, key)) {
                index.remove(key, &entry);
            }
        }
        for (const std::string& key : keys) {
            if (!contains(known, key)) {
                index.add(key, &entry);
            }
        }
        known = std::move(keys);
    }

    void schedule(Entry& entry) {
        unschedule(entry);
        entry.due = due(entry);
        timers_.emplace(*entry.due, entry.serial, &entry);
    }

    void unschedule(Entry& entry) {
        if (entry.due) {
            timers_.erase(std::tuple(*entry.due, entry.serial, &entry));
            entry.due.reset();
        }
    }

    base::WallTime over_at(const Entry& entry) const {
        const LiveCall& live = entry.live;
        const base::WallTime idle = live.last_event_at + settings_.timers.keep_idle;
        if (live.call.phase == Phase::none) {
            return live.last_event_at + settings_.timers.orphan;
        }
        if (live.call.phase == Phase::done && live.told_end) {
            return std::min(idle, *live.told_end + settings_.timers.keep_final);
        }
        return idle;
    }

    base::WallTime due(const Entry& entry) const {
        base::WallTime next = over_at(entry);
        if (entry.derived.deadline) {
            next = std::min(next, *entry.derived.deadline);
        }
        if (entry.findable && entry.live.call.phase == Phase::done && entry.live.told_end) {
            next = std::min(next, *entry.live.told_end + settings_.timers.reopen);
        }
        return next;
    }

    void expire(Entry& entry, std::vector<Change>& changes) {
        const LiveCall& live = entry.live;
        const bool over = clock_ >= over_at(entry);
        Change change;
        if (live.call.phase == Phase::none && over) {
            change.call = live.call;  // A leg whose call never came: nobody hears of it.
        } else {
            change = refresh(entry, false);
        }
        if (over) {
            change.over = true;
            forget(entry);
        }
        if (change.over || change.is_visible()) {
            changes.push_back(std::move(change));
        }
    }

    void forget(Entry& entry) {
        unschedule(entry);
        replace_keys(phones_, entry, entry.phones, {});
        replace_keys(internals_, entry, entry.internals, {});
        for (const std::string& key : std::vector<std::string>(entry.ids)) {
            give(ids_, entry, entry.ids, key);
        }
        for (const std::string& key : std::vector<std::string>(entry.bridges)) {
            give(bridges_, entry, entry.bridges, key);
        }
        entries_.erase(std::string(entry.live.call.uuid));
    }

    TrackerSettings settings_;
    Numbering numbering_{settings_};
    base::WallTime clock_;
    std::uint64_t serial_ = 0;
    std::unordered_map<std::string, std::unique_ptr<Entry>> entries_;
    std::unordered_map<std::string, Entry*> ids_;
    std::unordered_map<std::string, Entry*> bridges_;
    Index phones_;
    Index internals_;
    std::set<std::tuple<base::WallTime, std::uint64_t, Entry*>> timers_;
};

Tracker::Tracker(TrackerSettings settings) : impl_(std::make_unique<Impl>(std::move(settings))) {}
Tracker::~Tracker() = default;
Tracker::Tracker(Tracker&&) noexcept = default;
Tracker& Tracker::operator=(Tracker&&) noexcept = default;

std::vector<Change> Tracker::apply(const Event& event) { return impl_->apply(event); }

std::vector<Change> Tracker::tick(base::WallTime now) { return impl_->tick(now); }

std::optional<base::WallTime> Tracker::next_timer() const { return impl_->next_timer(); }

std::optional<Change> Tracker::set_record_url(std::string_view uuid, std::string url) {
    return impl_->set_record_url(uuid, std::move(url));
}

void Tracker::restore(LiveCall live) { impl_->restore(std::move(live)); }

const LiveCall* Tracker::find(std::string_view uuid) const {
    const Entry* entry = impl_->find(uuid);
    return entry == nullptr ? nullptr : &entry->live;
}

std::vector<const LiveCall*> Tracker::live_calls() const {
    std::vector<const LiveCall*> calls;
    calls.reserve(impl_->entries().size());
    for (const auto& [uuid, entry] : impl_->entries()) {
        calls.push_back(&entry->live);
    }
    return calls;
}

std::size_t Tracker::size() const { return impl_->entries().size(); }

}  // namespace trunkline::call
