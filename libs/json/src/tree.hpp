#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace trunkline::json {

/// Where a piece of text lies in Tree::text.
struct Span {
    std::uint32_t offset = 0;
    std::uint32_t size = 0;
};

struct Node {
    Kind kind = Kind::null;
    Span key;    ///< Its name, if its parent is an object.
    Span range;  ///< String: the content. Number, boolean: as written. Array, object: its part of
                 ///< Tree::children.
};

/// A parsed document: flat, so that neither building nor destroying it recurses. 32-bit places
/// bound a text to 1 GiB.
struct Tree {
    std::string text;  ///< All keys, strings, numbers and booleans in a row, unescaped.
    std::vector<Node> nodes;
    std::vector<std::uint32_t>
        children;  ///< Each array's and object's nodes, side by side, in order.
    std::uint32_t root = 0;

    std::string_view at(Span span) const {
        return std::string_view(text).substr(span.offset, span.size);
    }
    const Node& child(const Node& parent, std::uint32_t position) const {
        return nodes[children[parent.range.offset + position]];
    }

    static const Tree& of(View view) { return *view.tree_; }
    static std::uint32_t index_of(View view) { return view.node_; }
    static const Node& node_of(View view) { return view.tree_->nodes[view.node_]; }
    static View view_of(const Tree& tree, std::uint32_t node) { return {&tree, node}; }

    /// Just `null`.
    static const Tree& empty();
};

}  // namespace trunkline::json
