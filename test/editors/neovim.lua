-- A session in Neovim with the bundled server: diagnostics, hover, lens, code action, typing, shutdown.
--   SERVER=dist/server.js CFILE=… nvim --headless -u NONE -i NONE -n -c 'luafile test/editors/neovim.lua'
-- Written for 0.7 (Debian 12), which has neither `vim.lsp.start` nor pulled diagnostics: the server pushes.
local server, file = os.getenv('SERVER'), os.getenv('CFILE')
local passed, failed = 0, 0

local function report(is_good, what)
  if is_good then passed = passed + 1 else failed = failed + 1 end
  io.stdout:write((is_good and 'ok   ' or 'FAIL ') .. 'neovim: ' .. what .. '\n')
  return is_good
end

local function finish()
  io.stdout:write(string.format('%d passed, %d failed\n', passed, failed))
  vim.cmd(failed == 0 and 'qall!' or 'cquit! 1')
end

local function wait_for(what, condition)
  if not report(vim.wait(15000, condition, 20), what) then error('stopped: ' .. what) end
end

local function session()
  vim.cmd('filetype on')
  vim.cmd('edit ' .. vim.fn.fnameescape(file))
  local buffer = vim.api.nvim_get_current_buf()
  local id = vim.lsp.start_client({
    name = 'gpusvm-review',
    cmd = { 'node', server, '--stdio' },
    root_dir = vim.fn.fnamemodify(file, ':h'),
    settings = { gpusvm = { rules = vim.empty_dict() } },
    on_error = function(code, message) io.stdout:write('lsp error ' .. tostring(code) .. ' ' .. vim.inspect(message) .. '\n') end,
  })
  vim.lsp.buf_attach_client(buffer, id)
  wait_for('the server starts', function()
    local client = vim.lsp.get_client_by_id(id)
    return client and client.initialized
  end)
  wait_for('a finding arrives', function() return #vim.diagnostic.get(buffer) > 0 end)
  local finding = vim.diagnostic.get(buffer)[1]
  report(finding.source == 'gpusvm' and finding.code == os.getenv('RULE'), 'it names its rule')
  report(finding.severity == vim.diagnostic.severity.ERROR, 'it is an error')

  local function ask(method, params)
    local answers, why = vim.lsp.buf_request_sync(buffer, method, params, 10000)
    local answer = answers and answers[id]
    if not report(answer ~= nil and answer.err == nil, method .. ' answers' .. (why and (' ' .. why) or '')) then return nil end
    return answer.result
  end
  vim.api.nvim_win_set_cursor(0, { finding.lnum + 1, finding.col + 1 })
  local hover = ask('textDocument/hover', vim.lsp.util.make_position_params())
  report(hover ~= nil and hover.contents.value:find(finding.code, 1, true) ~= nil, 'the hover names the rule')
  report(hover ~= nil and hover.contents.value:find('.md', 1, true) ~= nil, 'the hover links a page')
  local lenses = ask('textDocument/codeLens', { textDocument = vim.lsp.util.make_text_document_params() })
  report(lenses ~= nil and #lenses > 0 and lenses[1].command.title:find('GPU SVM', 1, true) ~= nil, 'a lens stands above a function')

  -- What the user sees: the menu of `vim.lsp.buf.code_action`; the last entry is the suppression, which every finding has.
  local offered
  vim.ui.select = function(items, _, choose)
    offered = items
    choose(items[#items], #items)
  end
  local lines = vim.api.nvim_buf_line_count(buffer)
  vim.lsp.buf.code_action()
  wait_for('the code action is applied', function() return vim.api.nvim_buf_line_count(buffer) == lines + 1 end)
  report(offered ~= nil and offered[#offered][2].title:find('Ignore', 1, true) ~= nil, 'the menu offers to ignore the finding')
  vim.cmd('undo')

  -- An edit that takes the function away takes its finding away.
  vim.api.nvim_buf_set_lines(buffer, 0, -1, false, { 'int nothing;' })
  wait_for('the finding goes with its text', function() return #vim.diagnostic.get(buffer) == 0 end)
  vim.cmd('undo')
  wait_for('it comes back with it', function() return #vim.diagnostic.get(buffer) > 0 end)

  vim.lsp.stop_client(id)
  wait_for('the server stops', function() return vim.lsp.client_is_stopped(id) end)
end

local ok, why = xpcall(session, debug.traceback)
if not ok then report(false, tostring(why)) end
finish()
