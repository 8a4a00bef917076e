#include "switchboard.hpp"

#include <algorithm>
#include <utility>

#include "channel_name.hpp"

namespace trunkline::pbx {

Channel* Switchboard::find(std::string_view unique_id) const {
    const auto found = channels_.find(unique_id);
    return found != channels_.end() ? found->second.get() : nullptr;
}

Channel* Switchboard::find_by_name(std::string_view name) const {
    const auto found = by_name_.find(name);
    return found != by_name_.end() ? found->second : nullptr;
}

Channel& Switchboard::add(std::string unique_id, std::string name) {
    auto channel = std::make_unique<Channel>();
    Channel& added = *channel;
    added.unique_id = unique_id;
    added.name = name;
    added.order = next_order_++;
    by_name_[std::move(name)] = &added;
    channels_[std::move(unique_id)] = std::move(channel);
    return added;
}

void Switchboard::rename(Channel& channel, std::string name) {
    const auto found = by_name_.find(channel.name);
    if (found != by_name_.end() && found->second == &channel) {
        by_name_.erase(found);
    }
    channel.name = std::move(name);
    by_name_[channel.name] = &channel;
}

void Switchboard::remove(Channel& channel) {
    leave(channel);
    const auto named = by_name_.find(channel.name);
    if (named != by_name_.end() && named->second == &channel) {
        by_name_.erase(named);
    }
    channels_.erase(channels_.find(channel.unique_id));
}

const Bridge* Switchboard::find_bridge(const std::string& id) const {
    const auto found = bridges_.find(id);
    return found != bridges_.end() ? &found->second : nullptr;
}

void Switchboard::enter(Channel& channel, const std::string& id) {
    if (channel.bridge == id) {
        return;
    }
    leave(channel);
    bridges_[id].members.push_back(&channel);
    channel.bridge = id;
}

void Switchboard::leave(Channel& channel) {
    const auto found = bridges_.find(channel.bridge);
    if (found != bridges_.end()) {
        std::erase(found->second.members, &channel);
        if (found->second.members.empty()) {
            bridges_.erase(found);
        }
    }
    channel.bridge.clear();
}

void Switchboard::destroy(const std::string& id) {
    const auto found = bridges_.find(id);
    if (found != bridges_.end()) {
        for (Channel* member : found->second.members) {
            member->bridge.clear();
        }
        bridges_.erase(found);
    }
}

Channel* Switchboard::other_half(const Channel& channel) const {
    if (channel.kind != ChannelKind::local || !is_half(channel.name)) {
        return nullptr;
    }
    std::string name = channel.name;
    name.back() = name.back() == '1' ? '2' : '1';
    return find_by_name(name);
}

std::vector<Channel*> Switchboard::neighbours(const Channel& channel) const {
    std::vector<Channel*> all;
    const Bridge* bridge = channel.bridge.empty() ? nullptr : find_bridge(channel.bridge);
    if (bridge != nullptr && !bridge->is_holding && !bridge->is_conference) {
        for (Channel* member : bridge->members) {
            if (member != &channel) {
                all.push_back(member);
            }
        }
    }
    if (Channel* half = other_half(channel)) {
        all.push_back(half);
    }
    return all;
}

std::vector<Channel*> Switchboard::connected_with(Channel& channel) const {
    std::vector<Channel*> all{&channel};
    for (std::size_t i = 0; i < all.size(); ++i) {
        for (Channel* next : neighbours(*all[i])) {
            if (std::ranges::find(all, next) == all.end()) {
                all.push_back(next);
            }
        }
    }
    return all;
}

void Switchboard::for_each(const std::function<void(Channel&)>& visit) const {
    std::vector<Channel*> all;
    all.reserve(channels_.size());
    for (const auto& [id, channel] : channels_) {
        all.push_back(channel.get());
    }
    std::ranges::sort(all, {}, &Channel::order);
    std::ranges::for_each(all, [&](Channel* channel) { visit(*channel); });
}

}  // namespace trunkline::pbx
