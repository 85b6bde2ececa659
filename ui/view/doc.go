// Package view lays the window out: one file a screen. A view binds widgets to a viewmodel and passes what a person does on
// to it; it decides nothing and waits for nobody.
package view
