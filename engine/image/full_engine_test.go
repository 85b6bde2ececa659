package image

import (
	"testing"

	"berth/engine/enginetest"
	"berth/engine/fault"
)

// The engine keeps its data on a file system that is as small as a full disk.
func TestAnEngineWhoseDiskGetsFullSaysSoAndIsUsedFurther(t *testing.T) {
	enginetest.Slow(t)
	e := enginetest.PrivateWithDisk(t, "250m")
	registry := enginetest.Registry(t)
	t.Run("pull", func(t *testing.T) {
		large, small := registry+"/"+enginetest.Name(t)+":1", registry+"/"+enginetest.Name(t)+":1"
		enginetest.PushLayers(t, large, 2, 120_000_000)
		enginetest.PushLayers(t, small, 1, 1000)
		one, _ := pull(t, e.Client, PullOptions{References: []string{large}})
		if err := wantKind(t, one.View().Err, fault.DiskFull); err.Remedy == "" || one.View().Attempt != 1 {
			t.Errorf("remedy %q, %d attempts", err.Remedy, one.View().Attempt)
		}
		if _, ok, err := Find(t.Context(), e.Client, large); ok || err != nil {
			t.Errorf("half an image is there: %v, %v", ok, err)
		}
		if one, _ := pull(t, e.Client, PullOptions{References: []string{small}}); one.View().Err != nil {
			t.Errorf("one that fits: %v", one.View().Err)
		}
	})
	for name, buildKit := range map[string]bool{"BuildKit": true, "classic builder": false} {
		t.Run(name, func(t *testing.T) {
			opts := tiny(t, "ARG BASE_IMAGE\nFROM ${BASE_IMAGE}\nRUN cat /dev/zero > /large\n")
			opts.BuildKit = buildKit
			one, _ := builtBy(t, e.Client, opts)
			if err := wantKind(t, one.View().Err, fault.DiskFull); err.Remedy == "" {
				t.Errorf("why %q, remedy %q", err.Cause(), err.Remedy)
			}
			if _, ok, err := Find(t.Context(), e.Client, opts.Tag); ok || err != nil {
				t.Errorf("half an image is there: %v, %v", ok, err)
			}
		})
	}
}
