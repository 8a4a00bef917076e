#include "tree.hpp"

namespace trunkline::json {

const Tree& Tree::empty() {
    static const Tree tree{.text = {}, .nodes = {Node{}}, .children = {}, .root = 0};
    return tree;
}

}  // namespace trunkline::json
