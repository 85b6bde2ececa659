package sandbox

import (
	"encoding/json"
	"errors"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"berth/engine/agent"
	"berth/engine/fault"
)

func FuzzLabels(f *testing.F) {
	all, err := json.Marshal(everything())
	if err != nil {
		f.Fatal(err)
	}
	for _, s := range []string{
		string(all), `{"name":"x","image":"y","future":[1,2],"memory":600000000}`, "{", "null", "", `{"image":"x","mounts":[],"env":{}}`,
	} {
		f.Add("default", s, "1.18.33", "20261125-071500-123", "session,config")
	}
	f.Add("", "{}", "2", "x-1", ",")
	f.Fuzz(func(t *testing.T, name, label, version, point, roles string) {
		labels := map[string]string{LabelName: name, LabelSpec: label, LabelVersion: version, LabelPoint: point, LabelRoles: roles}
		if p, ok := pointOf(labels); ok && (p.ID == "" || slices.ContainsFunc(p.Roles, func(r agent.Role) bool { return !slices.Contains(agent.Roles, r) })) {
			t.Errorf("a point of %+v", p)
		}
		if knows, err := agent.For(version); (err == nil) != (knows.Major == agent.V1.Major) {
			t.Errorf("version %q: %d, %v", version, knows.Major, err)
		}
		spec, err := SpecOf(labels)
		if spec.Name != name {
			t.Errorf("the name is %q", spec.Name)
		}
		if err != nil {
			if !errors.Is(err, fault.BadInput) {
				t.Errorf("got %v", err)
			}
			return
		}
		_, _ = Badges(spec), spec.Validate()
		written, err := Labels(spec)
		if err != nil {
			t.Fatalf("%+v cannot be written: %v", spec, err)
		}
		again, err := SpecOf(written)
		if err != nil {
			t.Fatalf("%s cannot be read: %v", written[LabelSpec], err)
		}
		known := cmp.Options{cmpopts.EquateEmpty(), cmpopts.IgnoreFields(Spec{}, "Extra")}
		if diff := cmp.Diff(spec, again, known); diff != "" || len(again.Extra) != len(spec.Extra) {
			t.Errorf("%s\n%s", diff, written[LabelSpec])
		}
		// A field that is emptied must not come back from what is kept beside it.
		bare, err := Labels(Spec{Name: name, Extra: spec.Extra})
		if err != nil {
			t.Fatal(err)
		}
		if again, err = SpecOf(bare); err != nil || cmp.Diff(Spec{Name: name}, again, known) != "" {
			t.Errorf("%s is read as %+v, %v", bare[LabelSpec], again, err)
		}
		if spec.Validate() == nil {
			if _, _, err := containerConfig(spec, agent.V1, "p"); err != nil {
				t.Errorf("a valid spec makes no container: %v", err)
			}
		}
	})
}
