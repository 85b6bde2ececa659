package sandbox

import (
	"encoding/json"
	"maps"
	"strings"

	"berth/engine/fault"
)

// The labels of a sandbox's container and network.
const (
	LabelName    = "app.berth.sandbox"  // the sandbox's name
	LabelSpec    = "app.berth.spec"     // the Spec as JSON
	LabelSchema  = "app.berth.schema"   // version of the labels' meaning
	LabelVersion = "app.berth.opencode" // opencode's version as the image tells it; on images Berth built
	Schema       = "1"
)

const (
	namePrefix    = "berth-"
	setAsideMark  = ".old"  // a sandbox's name has no dot, so no other container of Berth ends like this
	nextMark      = ".next" // nor like this
	defaultBindIP = "127.0.0.1"
)

// ContainerName is the name of a sandbox's container, and of its network.
func ContainerName(sandbox string) string { return namePrefix + sandbox }

func setAsideName(sandbox string) string { return ContainerName(sandbox) + setAsideMark }

// nextName is that of a container that is about to take the place of another.
func nextName(sandbox string) string { return ContainerName(sandbox) + nextMark }

// ownName reports whether a container has one of the names that Berth gives to those of a sandbox.
func ownName(sandbox string) func(container string) bool {
	return func(container string) bool {
		return container == ContainerName(sandbox) || container == setAsideName(sandbox) || container == nextName(sandbox)
	}
}

// SetAside reports whether a container of that name is one that was set aside while its successor is made, or a successor
// that is not in its place yet.
func SetAside(container string) bool {
	return strings.HasPrefix(container, namePrefix) && (strings.HasSuffix(container, setAsideMark) || strings.HasSuffix(container, nextMark))
}

// Labels are the labels of a sandbox's container. They hold no secret.
func Labels(spec Spec) (map[string]string, error) {
	text, err := json.Marshal(spec)
	if err != nil {
		return nil, err
	}
	return map[string]string{LabelName: spec.Name, LabelSpec: string(text), LabelSchema: Schema}, nil
}

// SpecOf reads the spec back from a container's labels. The error is BadInput when the label is missing or damaged; the
// name is given all the same.
func SpecOf(labels map[string]string) (Spec, error) {
	spec := Spec{Name: labels[LabelName]}
	if err := json.Unmarshal([]byte(labels[LabelSpec]), &spec); err != nil {
		return Spec{Name: labels[LabelName]}, &fault.Error{
			Kind: fault.BadInput, Op: "read the spec of " + labels[LabelName], Why: "its label " + LabelSpec + " is damaged", Err: err,
			Remedy: "Remove the sandbox and create it again; its volumes stay.",
		}
	}
	spec.Name = labels[LabelName]
	return spec, nil
}

// plainSpec has Spec's fields without its methods.
type plainSpec Spec

// MarshalJSON writes the spec with the keys of newer versions still in it.
func (s Spec) MarshalJSON() ([]byte, error) {
	text, err := json.Marshal(plainSpec(s))
	if err != nil || len(s.Extra) == 0 {
		return text, err
	}
	all := maps.Clone(s.Extra)
	if err := json.Unmarshal(text, &all); err != nil { // what this version knows wins
		return nil, err
	}
	return json.Marshal(all)
}

// UnmarshalJSON reads a spec and keeps keys that this version does not know.
func (s *Spec) UnmarshalJSON(text []byte) error {
	plain := plainSpec(*s)
	if err := json.Unmarshal(text, &plain); err != nil {
		return err
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal(text, &all); err != nil {
		return err
	}
	known, err := json.Marshal(plainSpec(full))
	if err != nil {
		return err
	}
	names := map[string]json.RawMessage{}
	if err := json.Unmarshal(known, &names); err != nil {
		return err
	}
	maps.DeleteFunc(all, func(key string, _ json.RawMessage) bool {
		for name := range names {
			if strings.EqualFold(key, name) { // as encoding/json compares: "Port" was read as the port
				return true
			}
		}
		return false
	})
	plain.Extra = nil
	if len(all) > 0 {
		plain.Extra = all
	}
	*s = Spec(plain)
	return nil
}

// full has every optional field set, so that its JSON has every key this version knows.
var full = Spec{
	Port: 1, BindIP: "x", Memory: 1, CPUs: 1, PIDs: 1, Hardened: true, Projects: "x", Mounts: []Mount{{}},
	Env: map[string]string{"x": "x"}, Restart: "x", CapAdd: []string{"x"}, OpenAuth: true,
}
