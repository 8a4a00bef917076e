#include "json/document.hpp"

#include <stdexcept>

#include "number.hpp"
#include "tree.hpp"

namespace trunkline::json {

std::string_view to_string(Kind kind) {
    switch (kind) {
        case Kind::null:
            return "null";
        case Kind::boolean:
            return "a boolean";
        case Kind::number:
            return "a number";
        case Kind::string:
            return "a string";
        case Kind::array:
            return "an array";
        case Kind::object:
            return "an object";
    }
    return "null";
}

View Document::root() const {
    const Tree& tree = tree_ ? *tree_ : Tree::empty();
    return {&tree, tree.root};
}

Kind View::kind() const { return Tree::node_of(*this).kind; }

std::optional<std::string_view> View::string() const {
    const Node& node = Tree::node_of(*this);
    if (node.kind != Kind::string) {
        return std::nullopt;
    }
    return tree_->at(node.range);
}

std::optional<std::int64_t> View::integer() const {
    const Node& node = Tree::node_of(*this);
    return node.kind == Kind::number ? to_integer(tree_->at(node.range)) : std::nullopt;
}

std::optional<double> View::number() const {
    const Node& node = Tree::node_of(*this);
    return node.kind == Kind::number ? to_double(tree_->at(node.range)) : std::nullopt;
}

std::optional<bool> View::boolean() const {
    const Node& node = Tree::node_of(*this);
    if (node.kind != Kind::boolean) {
        return std::nullopt;
    }
    return tree_->at(node.range) == "true";
}

std::optional<std::string_view> View::scalar_text() const {
    const Node& node = Tree::node_of(*this);
    if (node.kind == Kind::null || node.kind == Kind::array || node.kind == Kind::object) {
        return std::nullopt;
    }
    return tree_->at(node.range);
}

std::size_t View::size() const {
    const Node& node = Tree::node_of(*this);
    return node.kind == Kind::array || node.kind == Kind::object ? node.range.size : 0;
}

View View::operator[](std::size_t index) const {
    const Node& node = Tree::node_of(*this);
    if (node.kind != Kind::array || index >= node.range.size) {
        throw std::out_of_range("json: no such array element");
    }
    return {tree_, tree_->children[node.range.offset + index]};
}

std::optional<View> View::find(std::string_view key) const {
    for (const auto [name, value] : members()) {
        if (name == key) {
            return value;
        }
    }
    return std::nullopt;
}

Elements View::elements() const {
    const Node& node = Tree::node_of(*this);
    const std::uint32_t first = node.range.offset;
    return {tree_, first, node.kind == Kind::array ? first + node.range.size : first};
}

Members View::members() const {
    const Node& node = Tree::node_of(*this);
    const std::uint32_t first = node.range.offset;
    return {tree_, first, node.kind == Kind::object ? first + node.range.size : first};
}

View ElementIterator::operator*() const { return {tree_, tree_->children[position_]}; }

Member MemberIterator::operator*() const {
    const std::uint32_t node = tree_->children[position_];
    return {.key = tree_->at(tree_->nodes[node].key), .value = View(tree_, node)};
}

}  // namespace trunkline::json
