package volume

import (
	"context"
	"errors"
	"strings"
	"testing"

	dockervolume "github.com/docker/docker/api/types/volume"

	"berth/engine/agent"
	"berth/engine/enginetest"
	"berth/engine/fault"
)

// Its labels are right, and its data are elsewhere.
func TestAVolumeOfAnotherDriverIsRefusedAndLeftAsItIs(t *testing.T) {
	cli := enginetest.Private(t).Client // an engine waits for a driver that it knows of and that is gone, whatever it is asked
	sandbox := enginetest.Name(t)
	driver := "berth-" + sandbox
	enginetest.VolumeDriver(t, driver)
	name := Name(agent.Config, sandbox)
	if _, err := cli.VolumeCreate(t.Context(), dockervolume.CreateOptions{Name: name, Driver: driver, Labels: Labels(agent.Config, sandbox)}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cli.VolumeRemove(context.Background(), name, true) }) // before its driver ends
	_, err := ensure(t, cli, sandbox)
	if !errors.Is(err, fault.NameTaken) || !strings.Contains(err.Error(), driver) || fault.From("", err).Remedy == "" {
		t.Errorf("got %v", err)
	}
	if after, err := cli.VolumeInspect(t.Context(), name); err != nil || after.Driver != driver {
		t.Errorf("it was touched: %+v, %v", after, err)
	}
}

// The same without an engine, for every way in which a volume may not be the sandbox's.
func TestAVolumeIsTheSandboxesByItsLabelsAndItsDriver(t *testing.T) {
	own := Labels(agent.Session, "a")
	for name, c := range map[string]struct {
		volume dockervolume.Volume
		kind   fault.Kind // "" when it may be used
		word   string
	}{
		"its own":                        {dockervolume.Volume{Driver: "local", Labels: own}, "", ""},
		"its own, of an older engine":    {dockervolume.Volume{Labels: own}, "", ""},
		"its own, on a folder":           {dockervolume.Volume{Driver: "local", Labels: own, Options: map[string]string{"type": "none", "device": "/x"}}, "", ""},
		"one that docker run made":       {dockervolume.Volume{Driver: "local"}, "", ""},
		"another driver's":               {dockervolume.Volume{Driver: "nfs", Labels: own}, fault.NameTaken, "nfs"},
		"another driver's, no label":     {dockervolume.Volume{Driver: "nfs"}, fault.NameTaken, "nfs"},
		"another sandbox's":              {dockervolume.Volume{Driver: "local", Labels: Labels(agent.Session, "b")}, fault.VolumeInUse, `"b"`},
		"another role's":                 {dockervolume.Volume{Driver: "local", Labels: Labels(agent.Config, "a")}, fault.VolumeInUse, "config"},
		"another program's":              {dockervolume.Volume{Driver: "local", Labels: map[string]string{"com.example.app": "x"}}, fault.NameTaken, "com.example.app"},
		"another program's and driver's": {dockervolume.Volume{Driver: "nfs", Labels: map[string]string{"com.example.app": "x"}}, fault.NameTaken, "nfs"},
	} {
		t.Run(name, func(t *testing.T) {
			err := check(c.volume, agent.Session, "a")
			if c.kind == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.word) || fault.From("", err).Remedy == "" {
				t.Errorf("got %v", err)
			}
		})
	}
}
