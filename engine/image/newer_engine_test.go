package image

import (
	"strings"
	"testing"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// Podman before 5 cannot be asked what a registry has; that is no image that is missing.
func TestAnEngineThatCannotAskARegistrySaysSo(t *testing.T) {
	e := enginetest.Podman(t)
	ref := enginetest.Registry(t) + "/" + enginetest.Name(t) + ":1"
	enginetest.PushLayers(t, ref, 1, 1000)
	newer, digest, err := Newer(t.Context(), e.Client, ref)
	if err == nil { // a newer Podman
		if !newer || digest == "" {
			t.Errorf("of an image it has not: newer %v, digest %q", newer, digest)
		}
		return
	}
	if f := wantKind(t, err, fault.EngineTooOld); !strings.Contains(f.Remedy, "Pull") {
		t.Errorf("it says %v, remedy %q", err, f.Remedy)
	}
}
