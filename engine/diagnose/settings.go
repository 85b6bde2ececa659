package diagnose

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"berth/engine/mask"
)

// Flatten is any value that becomes JSON as names and values, by name: "image.source", "build". What can hold a secret by its
// name is masked here already, and so is all of an environment.
func Flatten(value any) []Setting {
	text, err := json.Marshal(value)
	var tree any
	if err == nil {
		err = json.Unmarshal(text, &tree)
	}
	if err != nil {
		return []Setting{{"settings", err.Error()}}
	}
	var all []Setting
	flatten("", tree, false, func(s Setting) { all = append(all, s) })
	slices.SortFunc(all, func(a, b Setting) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// flatten walks a tree; secret says that a name on the way there hides all below it.
func flatten(name string, tree any, secret bool, add func(Setting)) {
	below := func(key string) string { return strings.TrimPrefix(name+"."+key, ".") }
	switch tree := tree.(type) {
	case map[string]any:
		for key, value := range tree {
			lower := strings.ToLower(key)
			flatten(below(key), value, secret || mask.SecretName(key) || lower == "env" || lower == "environment", add)
		}
	case []any:
		for i, value := range tree {
			flatten(below(fmt.Sprint(i)), value, secret, add)
		}
	case nil:
	default:
		value := fmt.Sprint(tree)
		if text, ok := tree.(string); ok && text == "" {
			return
		}
		if secret {
			value = mask.Hidden
		}
		add(Setting{name, mask.Value(name, value)})
	}
}
