package engine

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"berth/engine/fault"
	"berth/engine/logs"
	"berth/engine/sandbox"
)

// opencode's file of keys comes in the tar of a container, and the agent may write anything into it.
func FuzzFileOfKeys(f *testing.F) {
	const planted = "hunter2-PLANTED"
	f.Add([]byte(`{"anthropic":{"type":"api","key":"`+planted+`"},"github":{"type":"oauth"},"":{},"a\u202eb":{"Type":"api"}}`), true)
	f.Add([]byte(`{"x":{"type":"api","key":"`+planted+`}`), true)
	f.Add([]byte(`{"x":"`+planted+`"}`), true)
	f.Add([]byte(`[]`), true)
	f.Add([]byte("no tar"), false)
	f.Fuzz(func(t *testing.T, text []byte, packed bool) {
		tape := text
		if packed { // bytes alone are seldom a tar
			var archive bytes.Buffer
			w := tar.NewWriter(&archive)
			err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: "auth.json", Mode: 0o600, Size: int64(len(text))})
			if _, err2 := w.Write(text); err != nil || err2 != nil || w.Close() != nil {
				t.Fatal(err, err2)
			}
			tape = archive.Bytes()
		}
		has, err := readCredentials("look", "auth.json", bytes.NewReader(tape))
		if err != nil {
			var why *fault.Error
			if !errors.As(err, &why) || why.Cause() == "" || strings.Contains(why.Error(), planted) || has != nil {
				t.Errorf("%+v, %v", has, err)
			}
			return
		}
		var all map[string]any
		if packed && json.Unmarshal(text, &all) == nil && len(has) > len(all) {
			t.Errorf("of %q are %+v", text, has)
		}
		for id, c := range has {
			if _, ok := all[id]; all != nil && !ok || c != KeyOnVolume && c != SignedIn || id == "" || strings.ContainsFunc(id, logs.Acts) {
				t.Errorf("%q has %q in %q", id, c, text)
			}
		}
	})
}

// A backup may be anybody's, and so may the spec in it.
func FuzzSpecOfABackup(f *testing.F) {
	const wide = `{"name":"x","image":"y","port":80,"bindIP":"0.0.0.0","memory":600000000,"hardened":true,"projects":"/home/me","restart":"always",` +
		`"mounts":[{"source":"/","target":"/host"}],"env":{"HTTPS_PROXY":"http://elsewhere"},"capAdd":["SYS_ADMIN"],"openAuth":true,"privileged":true}`
	f.Add(wide, `{}`)
	f.Add(wide, wide)
	f.Add(wide, `{"bindIP":"0.0.0.0","projects":"/home/me","mounts":[],"env":{},"hardened":true}`)
	f.Add(`{"mounts":[],"env":{},"bindIP":"::1"}`, `{"bindIP":"127.0.0.1","openAuth":true}`)
	// What of a spec opens nothing. A new field is not taken from a file before it is here.
	harmless := []string{"name", "image", "port", "memory", "cpus", "pids", "hardened", "restart"}
	f.Fuzz(func(t *testing.T, file, present string) {
		var spec, now sandbox.Spec
		if json.Unmarshal([]byte(file), &spec) != nil {
			return
		}
		written, err := json.Marshal(narrowed(spec, sandbox.Spec{}))
		if err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(written, &fields); err != nil {
			t.Fatal(err)
		}
		for field := range fields {
			if !slices.Contains(harmless, field) {
				t.Errorf("%q is taken from a file: %s", field, written)
			}
		}
		if left := widened(narrowed(spec, sandbox.Spec{})); len(left) > 0 {
			t.Errorf("%s still opens %+v", file, left)
		}
		if json.Unmarshal([]byte(present), &now) != nil {
			return
		}
		got := narrowed(spec, now)
		if again := narrowed(got, now); !reflect.DeepEqual(got, again) {
			t.Errorf("%+v, and once more %+v", got, again)
		}
		open := func(s sandbox.Spec) (all []string) {
			for _, b := range widened(s) {
				all = append(all, b.Text)
			}
			return all
		}
		for _, one := range open(got) {
			if !slices.Contains(open(now), one) {
				t.Errorf("beside %s, %s opens %q", present, file, one)
			}
		}
		if now.Hardened && !got.Hardened {
			t.Errorf("beside %s, %s is not hardened any more", present, file)
		}
	})
}
