package viewmodel

import (
	"slices"
	"testing"
)

func TestAnImageIsNamedAsAPersonKnowsIt(t *testing.T) {
	for _, c := range []struct{ references, want []string }{
		{[]string{"localhost/berth/kept:default-was", "berth/opencode:1.18.33", "mine:1"}, []string{"berth/opencode:1.18.33", "mine:1"}},
		{[]string{"berth/kept:default-20261201"}, []string{"berth/kept:default-20261201"}},
		{nil, nil},
	} {
		if got := named(c.references); !slices.Equal(got, c.want) {
			t.Errorf("%q is named %q", c.references, got)
		}
	}
}
