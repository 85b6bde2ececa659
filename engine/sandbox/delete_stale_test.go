package sandbox

import (
	"testing"

	"github.com/docker/docker/api/types/volume"

	"berth/engine/enginetest"
)

// A recovery lists first and acts later: what it listed as being deleted may be a new sandbox by then.
func TestADeletionThatEndedSinceItWasListedTakesNoNewSandbox(t *testing.T) {
	e := enginetest.Shared(t)
	it := mustCreate(t, e.Client, Spec{Name: enginetest.Name(t), Image: imageWithStandIn(t, e.Client)})
	s := stock{volumes: []*volume.Volume{{Labels: map[string]string{LabelName: it.Spec.Name, LabelMark: markDeleting}}}}
	done, err := recoverDeletes(t.Context(), e.Client, s, nobody)
	if found, look := Find(t.Context(), e.Client, it.Spec.Name); err != nil || len(done) > 0 || look != nil || found == nil {
		t.Errorf("done %q, %v; found %v, %v", done, err, found, look)
	}
}
