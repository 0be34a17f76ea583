;; A session in Emacs with eglot and the bundled server: diagnostics through flymake, hover, code action, typing, shutdown.
;;   SERVER=dist/server.js CFILE=… emacs -Q --batch -L …/eglot -l test/editors/emacs.el
;; Batch Emacs runs no idle timers: changes are signalled by hand.  -*- lexical-binding: t -*-
(require 'eglot)
(require 'flymake)
(require 'cc-mode)
(require 'cl-lib)

(defvar session-passed 0)
(defvar session-failed 0)

(defun session-report (good what)
  (if good (cl-incf session-passed) (cl-incf session-failed))
  (princ (format "%s emacs: %s\n" (if good "ok  " "FAIL") what))
  good)

(defun session-finish ()
  (princ (format "%d passed, %d failed\n" session-passed session-failed))
  (kill-emacs (if (zerop session-failed) 0 1)))

(defun session-wait (what condition)
  (let ((end (+ (float-time) 15)) value)
    (while (and (not (setq value (funcall condition))) (< (float-time) end))
      (accept-process-output nil 0.05))
    (unless (session-report value what) (session-finish))
    value))

(defun session-findings ()
  (flymake-start nil)
  (cl-remove-if-not (lambda (one) (string-match-p (getenv "RULE") (flymake-diagnostic-text one)))
                    (flymake-diagnostics)))

(setq eglot-sync-connect 10
      eglot-autoshutdown nil
      eglot-confirm-server-initiated-edits nil
      eglot-report-progress nil
      make-backup-files nil
      create-lockfiles nil
      eglot-server-programs `((c-mode . ("node" ,(getenv "SERVER") "--stdio"))))

(condition-case problem
    (with-current-buffer (find-file-noselect (getenv "CFILE"))
      (apply #'eglot--connect (eglot--guess-contact))
      (session-report (eglot-managed-p) "eglot manages the buffer")
      (let ((finding (car (session-wait "a finding arrives" #'session-findings))))
        (goto-char (flymake-diagnostic-beg finding))
        (session-report (eq (flymake-diagnostic-type finding) 'eglot-error) "it is an error"))
      (let ((hover (jsonrpc-request (eglot--current-server-or-lose) :textDocument/hover
                                    (eglot--TextDocumentPositionParams))))
        (session-report (and hover (string-match-p (getenv "RULE") (plist-get (plist-get hover :contents) :value)))
                        "the hover names the rule"))
      ;; The command a user runs; of several actions the suppression is taken, which every finding has.
      (let ((lines (count-lines (point-min) (point-max))))
        ;; As from the keyboard: a list in this variable would open a menu of the mouse.
        (cl-letf ((last-nonmenu-event ?a)
                  ((symbol-function 'completing-read)
                   (lambda (_prompt choices &rest _)
                     (car (cl-find-if (lambda (one) (string-match-p "Ignore" (car one))) choices)))))
          (eglot-code-actions (line-beginning-position) (line-end-position) "quickfix" t))
        (session-report (= (count-lines (point-min) (point-max)) (1+ lines)) "the code action is applied"))
      (let ((before (buffer-string)))
        (erase-buffer)
        (insert "int nothing;\n")
        (eglot--signal-textDocument/didChange)
        (session-wait "the finding goes with its text" (lambda () (null (session-findings))))
        (erase-buffer)
        (insert (replace-regexp-in-string "^.*gpusvm-ignore.*\n" "" before))
        (eglot--signal-textDocument/didChange)
        (session-wait "it comes back with it" #'session-findings))
      (set-buffer-modified-p nil)
      (eglot-shutdown (eglot-current-server))
      (session-report t "the server stops"))
  (error (session-report nil (format "%S" problem))))
(session-finish)
