#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pointer.hpp"
#include "tree.hpp"

namespace trunkline::json {

/// An array or object that a walk is inside of, and how many of its children it has begun.
struct Frame {
    std::uint32_t node;
    std::uint32_t begun;
};

/// Visits a value and all inside it in document order, on a stack of its own and not the thread's.
/// The visitor has
/// - `bool scalar(const Node&)`, `bool begin(const Node&)`, `bool end(const Node&)` for values,
/// - `bool child(const Node& parent, const Node& child, std::uint32_t position)` before each value
/// inside another. The first false ends the walk. `frames` tells the visitor where it is.
template <class Visitor>
bool walk(const Tree& tree, std::uint32_t start, std::vector<Frame>& frames, Visitor& visitor) {
    const auto enter = [&](std::uint32_t index) {
        const Node& node = tree.nodes[index];
        if (node.kind != Kind::array && node.kind != Kind::object) {
            return visitor.scalar(node);
        }
        frames.push_back({index, 0});
        return visitor.begin(node);
    };
    if (!enter(start)) {
        return false;
    }
    while (!frames.empty()) {
        Frame& frame = frames.back();
        const Node& parent = tree.nodes[frame.node];
        if (frame.begun == parent.range.size) {
            frames.pop_back();
            if (!visitor.end(parent)) {
                return false;
            }
            continue;
        }
        const std::uint32_t position = frame.begun++;
        if (!visitor.child(parent, tree.child(parent, position), position) ||
            !enter(tree.children[parent.range.offset + position])) {
            return false;
        }
    }
    return true;
}

/// The JSON Pointer of the child that the innermost frame has begun last.
inline std::string pointer_of(const Tree& tree, const std::vector<Frame>& frames) {
    std::string pointer;
    for (const Frame& frame : frames) {
        if (frame.begun == 0) {
            break;
        }
        const Node& parent = tree.nodes[frame.node];
        if (parent.kind == Kind::object) {
            append_token(pointer, tree.at(tree.child(parent, frame.begun - 1).key));
        } else {
            append_token(pointer, std::to_string(frame.begun - 1));
        }
    }
    return pointer;
}

}  // namespace trunkline::json
