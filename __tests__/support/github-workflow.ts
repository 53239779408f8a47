import { FeatureFlags } from '@actions/expressions'
import { convertWorkflowTemplate, NoOperationTraceWriter, parseWorkflow } from '@actions/workflow-parser'
import { TemplateContext, TemplateValidationErrors } from '@actions/workflow-parser/templates/template-context'
import { getWorkflowSchema } from '@actions/workflow-parser/workflows/workflow-schema'

type WorkflowTemplate = Awaited<ReturnType<typeof convertWorkflowTemplate>>

/** Steps in the background are general since June 2026; the parser still has them behind a flag. */
const featureFlags = new FeatureFlags({ allowBackgroundSteps: true })

/** Parses a workflow with GitHub's own parser. @returns its errors, and what GitHub would run if there are none */
export async function parseAsGitHub(
  name: string,
  content: string,
): Promise<{ errors: string[]; template: WorkflowTemplate | undefined }> {
  const context = new TemplateContext(new TemplateValidationErrors(), getWorkflowSchema(), new NoOperationTraceWriter())
  context.state.featureFlags = featureFlags
  const { value } = parseWorkflow({ name, content }, context)
  const template = value && (await convertWorkflowTemplate(context, value, undefined, { featureFlags }))
  return { errors: context.errors.getErrors().map(({ message }) => message), template }
}
